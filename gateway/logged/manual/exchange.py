"""Makes the record of a call that an application made itself and logs afterwards."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec

from gateway.caller.annotations import Annotations, properties_of, read_annotations
from gateway.logged.bodies import body_columns
from gateway.logged.errors import BadReport
from gateway.logged.manual.bodies import Bodies, bodies_of
from gateway.logged.manual.facts import request_facts, response_facts
from gateway.logged.manual.form import Form
from gateway.logged.manual.outcome import failure_of, status_of, time_to_first_token_ms, times_of
from gateway.logged.manual.steps import Step, step_of
from gateway.logged.provider_names import provider_id
from gateway.logged.reporter import Reporter
from gateway.logged.spoken import is_ours, spoken
from gateway.recording.scrubbing import scrub
from gateway.recording.stored_headers import kept_response_headers
from gateway.targets.doors import UNKNOWN
from providers.catalog import Catalog
from providers.facts import RequestFacts, ResponseFacts
from providers.lenient import text
from warehouse.record import Exchange, new_request_id

_LONGEST_MESSAGE = 4000


def exchange_of(form: Form, reporter: Reporter, catalog: Catalog, named_provider: str | None) -> Exchange:
    """Returns the record of a log; `named_provider` is whose door it came by, if a provider's.

    Raises BadReport, or BadRequest for a header of ours that says nothing sensible.
    """
    said = read_annotations(spoken(reporter.head, _labels(form)))
    url = _url(form.provider_request.url)
    provider = _provider(form, url, catalog, named_provider)
    bodies = bodies_of(form, provider)
    asked, answered = request_facts(bodies), response_facts(bodies)
    step = step_of(bodies.request_object, bodies.response_object)
    created_at, completed_at = times_of(form)
    error_type, error_message = failure = failure_of(form, bodies, answered)
    response = bodies.response
    if error_type is not None:
        # Providers quote the credential they refuse.
        response = scrub(response.decode("utf-8", "replace"), reporter.secrets).encode()
    previews = (step.request_preview, step.response_preview) if step else (asked.preview, answered.preview)
    return Exchange(
        request_id=said.request_id or new_request_id(created_at),
        request_id_given=said.request_id is not None,
        organization_id=reporter.key.organization_id,
        created_at=created_at,
        completed_at=completed_at,
        source="log",
        api_key_id=reporter.key.id,
        user_id=said.user_id or asked.user_id,
        session_id=said.session_id or asked.session_id,
        session_path=said.session_path,
        session_name=said.session_name,
        trace_id=said.trace_id,
        properties=properties_of(said, asked),
        prompt_id=said.prompt_id,
        prompt_version=said.prompt_version,
        prompt_inputs=[] if said.omit_request else said.prompt_inputs,
        provider=provider,
        path=url.path if url else "",
        target_host=url.hostname if url else None,
        **_step_columns(step) if step else _call_columns(form, bodies, said, asked, answered),
        status_code=status_of(form, failure),
        error_type=error_type,
        error_message=error_message and scrub(error_message, reporter.secrets)[:_LONGEST_MESSAGE],
        latency_ms=(completed_at - created_at) / timedelta(milliseconds=1),
        user_agent=reporter.head.value(b"user-agent"),
        country_code=said.country_code,
        **body_columns("request", bodies.request, previews[0], said.omit_request, reporter.kept_bytes),
        **body_columns("response", response, previews[1], said.omit_response, reporter.kept_bytes),
        response_headers=kept_response_headers(_headers(form.provider_response.headers)),
    )


def _step_columns(step: Step) -> dict[str, Any]:
    return {"step_kind": step.kind, "step_name": step.name}


def _call_columns(
    form: Form, bodies: Bodies, said: Annotations, asked: RequestFacts, answered: ResponseFacts
) -> dict[str, Any]:
    """Returns what only a call to a model has."""
    return {
        "dialect": bodies.dialect.name if bodies.dialect else None,
        "request_model": asked.model,
        "response_model": answered.response_model,
        "model_override": said.model_override,
        "is_stream": bodies.is_stream or asked.is_stream,
        "service_tier": answered.service_tier or asked.service_tier,
        "finish_reason": answered.finish_reason,
        "tool_names": answered.tool_names,
        "time_to_first_token_ms": time_to_first_token_ms(form),
        "usage_source": "none" if answered.usage is None else "reported",
        "provider_cost_usd": answered.provider_cost_usd,
        **({} if answered.usage is None else msgspec.structs.asdict(answered.usage)),
    }


def _labels(form: Form) -> dict[str, Any]:
    labels = {name: value for name, value in (form.provider_request.meta or {}).items() if value is not None}
    for name, value in labels.items():
        if is_ours(name) and not isinstance(value, str | int | float):
            raise BadReport(f"providerRequest.meta.{name}", "must be a text, as the header of that name is")
    return labels


def _url(url: str | None) -> SplitResult | None:
    """Returns where the call went; None for the libraries' `custom-model-nopath` and other words that are no URL."""
    try:
        split = urlsplit(url or "")
        return split if split.scheme in ("http", "https") and split.hostname else None
    except ValueError:
        return None


def _provider(form: Form, url: SplitResult | None, catalog: Catalog, named: str | None) -> str:
    """Returns the provider: as the door or the log names it, else the one whose host the URL has."""
    name = named or text(form.provider)
    if name is not None and (id := provider_id(name, catalog)) != UNKNOWN:
        return id
    found = catalog.of_host(url.netloc, url.path) if url is not None else None
    return found.id if found is not None else UNKNOWN


def _headers(headers: Mapping[str, Any] | None) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower().encode(), value.encode("utf-8", "replace"))
        for name, value in (headers or {}).items()
        if isinstance(value, str)
    ]
