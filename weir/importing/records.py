"""Makes a row of Helicone's the records that the gateway would have written, had the call gone through it.

Bodies are read by the dialects, as those of logged calls are: tokens come from what the provider said in its answer,
and from Helicone's columns only where the answer is gone. What the call cost is computed anew by the pipelines;
Helicone's figure takes the provider's place, which counts only where no price is known.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import SplitResult, urlsplit
from uuid import UUID, uuid5

import msgspec

from gateway.logged import moments
from gateway.logged.bodies import body_columns
from gateway.logged.manual.bodies import Bodies as ReadBodies
from gateway.logged.manual.bodies import bodies_of
from gateway.logged.manual.facts import request_facts, response_facts
from gateway.logged.manual.form import EMPTY, Form, ProviderRequest, ProviderResponse
from gateway.logged.manual.outcome import failure_of
from gateway.logged.manual.steps import step_of
from gateway.logged.provider_names import provider_id
from gateway.targets.doors import UNKNOWN
from providers.catalog import Catalog
from providers.facts import ResponseFacts
from providers.usage import Usage
from warehouse.record import Exchange, Feedback, Pair, Record, Score
from weir.importing.bodies import Bodies, text_of
from weir.importing.row import NO_REFERENCE, Row, moment

_SESSION_ID, _SESSION_PATH, _SESSION_NAME = (f"Helicone-Session-{part}" for part in ("Id", "Path", "Name"))
_PROMPT_ID = "Helicone-Prompt-Id"
_HAVE_COLUMNS = frozenset({_SESSION_ID, _SESSION_PATH, _SESSION_NAME, _PROMPT_ID})
_FEEDBACK = "helicone-score-feedback"
_BOOLEAN = "-hcone-bool"
"""How the names of scores end that are a yes or a no."""
_CANCELLED = -3
_EXCLUSIVE = frozenset({"anthropic", "bedrock"})
"""Providers whose prompt tokens leave out what their prompt cache held."""


def records_of(row: Row, bodies: Bodies, organization_id: UUID, catalog: Catalog, kept_bytes: int) -> list[Record]:
    """Returns the exchange, and a record for each score and feedback; raises ValueError for a time no call has."""
    exchange = _exchange(row, bodies, organization_id, catalog, kept_bytes)
    return [exchange, *_said(row, exchange)]


def _exchange(row: Row, bodies: Bodies, organization_id: UUID, catalog: Catalog, kept_bytes: int) -> Exchange:
    created_at, completed_at = _times(row)
    url = _url(row.target_url)
    provider = _provider(row, url, catalog)
    read = bodies_of(_form(row, bodies), provider)
    asked, answered = request_facts(read), response_facts(read)
    step = step_of(read.request_object, read.response_object)
    status, error_type, error_message = _outcome(row, bodies, read, answered)
    usage = answered.usage or _usage(row, provider)
    properties = row.said_properties()
    own = {name.lower(): _written(value) for name, value in properties.items() if name not in _HAVE_COLUMNS}
    is_hit = row.cache_reference_id not in (None, NO_REFERENCE, row.request_id)
    model = {
        "dialect": read.dialect.name if read.dialect else None,
        "request_model": asked.model or _text(row.request_model) or _text(row.model),
        "response_model": answered.response_model or _text(row.response_model),
        "model_override": _text(row.model_override),
        "is_stream": read.is_stream or asked.is_stream,
        "service_tier": answered.service_tier or asked.service_tier,
        "finish_reason": answered.finish_reason,
        "tool_names": answered.tool_names,
        "time_to_first_token_ms": _positive(row.time_to_first_token),
        "usage_source": "none" if usage is None else "reported",
        "provider_cost_usd": answered.provider_cost_usd or (None if is_hit else _cost(row)),
        **({} if usage is None else msgspec.structs.asdict(usage)),
    }
    previews = (step.request_preview, step.response_preview) if step else (asked.preview, answered.preview)
    return Exchange(
        request_id=row.request_id,
        request_id_given=True,
        organization_id=organization_id,
        created_at=created_at,
        completed_at=completed_at,
        source="import",
        user_id=_text(row.request_user_id) or asked.user_id,
        session_id=_text(properties.get(_SESSION_ID)) or asked.session_id,
        session_path=_text(properties.get(_SESSION_PATH)),
        session_name=_text(properties.get(_SESSION_NAME)),
        properties=[Pair(name, value) for name, value in own.items()],
        prompt_id=_text(row.prompt_id) or _text(properties.get(_PROMPT_ID)),
        prompt_version=_text(row.prompt_version),
        provider=provider,
        path=url.path if url else (row.request_path or "").partition("?")[0],
        target_host=url.hostname if url else None,
        **({"step_kind": step.kind, "step_name": step.name} if step else model),
        status_code=status,
        error_type=error_type,
        error_message=error_message,
        latency_ms=(completed_at - created_at) / timedelta(milliseconds=1),
        cache_hit=is_hit,
        cache_reference_id=row.cache_reference_id if is_hit else None,
        country_code=_text(row.country_code),
        **body_columns("request", read.request if bodies.request else b"", previews[0], False, kept_bytes),
        **body_columns("response", read.response if bodies.response else b"", previews[1], False, kept_bytes),
    )


def _form(row: Row, bodies: Bodies) -> Form:
    """Returns the row as if a log library had sent it, which the rules for logs can read."""
    said = text_of(bodies.response) if bodies.response else None
    return Form(
        provider_request=ProviderRequest(json=_object(bodies.request), url=row.target_url),
        provider_response=ProviderResponse(
            status=row.response_status or 0,
            json=EMPTY if said is not None else _object(bodies.response),
            text_body=said,
        ),
    )


def _object(body: bytes | None) -> msgspec.Raw:
    return msgspec.Raw(body) if body else EMPTY


def _times(row: Row) -> tuple[datetime, datetime]:
    created_at = moments.moment(row.created_at().timestamp())
    if created_at is None:
        raise ValueError(
            f"request_created_at {row.request_created_at} is before {moments.EARLIEST:%Y} or in the future"
        )
    created_at = row.created_at()
    if row.delay_ms is not None and row.delay_ms > 0:
        return created_at, created_at + timedelta(milliseconds=row.delay_ms)
    answered_at = moment(row.response_created_at) if row.response_created_at else created_at
    return created_at, max(created_at, min(answered_at, datetime.now(UTC)))


def _outcome(
    row: Row, bodies: Bodies, read: ReadBodies, answered: ResponseFacts
) -> tuple[int | None, str | None, str | None]:
    """Returns status, error type and message."""
    status = row.response_status
    if status is None or not (status == _CANCELLED or 100 <= status <= 599):
        return None, "provider_error", f"Helicone has no HTTP status of the answer, but {status}"
    error_type, message = failure_of(_form(row, bodies), read, answered)
    return (None if status == _CANCELLED else status), error_type, message


def _usage(row: Row, provider: str) -> Usage | None:
    """Returns Helicone's own count; it writes 0 also where nobody knows."""
    if not row.prompt_tokens and not row.completion_tokens:
        return None
    read, written = row.prompt_cache_read_tokens or 0, row.prompt_cache_write_tokens or 0
    prompt = row.prompt_tokens or 0
    if provider in _EXCLUSIVE or read + written > prompt:
        prompt += read + written
    return Usage(
        input_tokens=prompt,
        output_tokens=row.completion_tokens or 0,
        cache_read_tokens=read or None,
        cache_write_tokens=written or None,
    )


def _said(row: Row, exchange: Exchange) -> list[Record]:
    """Returns what was said of the request; a feedback stands among the scores, or by itself."""
    said: list[Record] = []
    rating = row.feedback_rating
    for name, given in (row.scores or {}).items():
        value = _number(given)
        if value is None:
            continue
        if name == _FEEDBACK:
            rating = value > 0 if rating is None else rating
            continue
        is_boolean = name.endswith(_BOOLEAN) or (isinstance(given, Mapping) and given.get("valueType") == "boolean")
        said.append(
            Score(
                score_id=uuid5(row.request_id, f"score {name}"),
                created_at=exchange.completed_at,
                name=name.removesuffix(_BOOLEAN),
                value_type="boolean" if is_boolean else "float",
                value=value,
                source="helicone",
                organization_id=exchange.organization_id,
                request_id=exchange.request_id,
            )
        )
    if rating is not None:
        said.append(
            Feedback(
                score_id=uuid5(row.request_id, "feedback"),
                created_at=moment(row.feedback_created_at) if row.feedback_created_at else exchange.completed_at,
                rating=rating,
                organization_id=exchange.organization_id,
                request_id=exchange.request_id,
            )
        )
    return said


def _number(given: Any) -> float | None:
    """Reads a score, which is a number, or an object with one as the older route has it."""
    value = given.get("value") if isinstance(given, Mapping) else given
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _provider(row: Row, url: SplitResult | None, catalog: Catalog) -> str:
    id = provider_id(_text(row.provider), catalog)
    if id != UNKNOWN and catalog.get(id) is not None:
        return id
    found = catalog.of_host(url.netloc, url.path) if url is not None else None
    return found.id if found is not None else id


def _url(text: str | None) -> SplitResult | None:
    try:
        split = urlsplit(text or "")
        return split if split.scheme in ("http", "https") and split.hostname else None
    except ValueError:
        return None


def _cost(row: Row) -> Decimal | None:
    return None if row.cost is None or row.cost <= 0 else Decimal(repr(row.cost))


def _positive(number: float | None) -> float | None:
    return number if number is not None and number > 0 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _written(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
