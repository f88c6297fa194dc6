"""One stored request: its row, its conversation, and its exact bodies."""

import base64
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter
from fastapi.responses import Response

from api.auth import Reader
from api.cost import Cost, cost_of
from api.errors import ApiError, Gone
from api.own_prices import book_of
from api.parts import FromApp
from api.stored_requests import Row, find_edits, find_row, find_scores, read_record
from providers.dialects.dialect import DIALECTS, dialect_of
from providers.facts import ChatMessage
from warehouse.object_store import StoreUnavailable
from warehouse.record import Attempt, BodyEncoding, Exchange, Pair

router = APIRouter(prefix="/v1/requests", tags=["requests"])

Side = Literal["request", "response"]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one body without its bytes."""

    is_kept: bool
    is_omitted: bool
    is_truncated: bool
    bytes: int
    """Size of the whole body, also where only its beginning is kept."""
    content_type: str


class StoredRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a person looks at; without its record where the raw log could not be read."""

    request: dict[str, Any]
    """The row, by column."""
    cost: Cost
    messages: Sequence[ChatMessage] = ()
    """The conversation in the neutral shape of all dialects; empty where the dialect is none we parse."""
    attempts: Sequence[Attempt] = ()
    translated_to: str | None = None
    """The dialect the provider was asked in, where it is not the caller's; the bodies are the caller's."""
    warnings: Sequence[str] = ()
    """What the caller was told in `Weir-Warnings`."""
    request_headers: Sequence[Pair] = ()
    response_headers: Sequence[Pair] = ()
    bodies: dict[Side, Body] = {}
    scores: Sequence[Row] = ()
    """Scores and feedback it was given, the oldest first."""
    property_edits: Sequence[Row] = ()
    """Changes of its properties after the call, the oldest first; the row shows what came of them."""
    problem: str | None = None
    """Why the record could not be read, if it could not."""


_encoder = msgspec.json.Encoder(decimal_format="number")


@router.get("/{request_id}", response_class=Response, responses={200: {"content": {"application/json": {}}}})
def one_request(request_id: UUID, caller: Reader, parts: FromApp) -> Response:
    """Returns a request with its conversation, attempts, headers, cost and scores."""
    row = find_row(parts.lookups, caller.organization_id, request_id)
    cost = cost_of(row, book_of(parts.database, caller.organization_id), str(caller.organization_id))
    try:
        stored = _with_record(row, cost, read_record(parts.raw_log, caller.organization_id, row))
    except (Gone, StoreUnavailable) as error:
        stored = StoredRequest(request=dict(row), cost=cost, problem=_problem(error))
    stored = msgspec.structs.replace(
        stored,
        scores=find_scores(parts.lookups, caller.organization_id, request_id),
        property_edits=find_edits(parts.lookups, caller.organization_id, request_id),
    )
    return Response(_encoder.encode(stored), media_type="application/json")


@router.get("/{request_id}/body/{side}", response_class=Response)
def body(request_id: UUID, side: Side, caller: Reader, parts: FromApp) -> Response:
    """Returns the exact bytes of one body; 204 where there is none, and a header says if it was left out or cut."""
    row = find_row(parts.lookups, caller.organization_id, request_id)
    exchange = read_record(parts.raw_log, caller.organization_id, row)
    known = _body(exchange, side)
    content = _bytes(*_stored(exchange, side))
    headers = {
        "Weir-Body-Bytes": str(known.bytes),
        "Weir-Body-Omitted": str(known.is_omitted).lower(),
        "Weir-Body-Truncated": str(known.is_truncated).lower(),
        # Whatever a provider answered is data here: no browser shall run it as a page of ours.
        "Content-Disposition": f'attachment; filename="{request_id}-{side}"',
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if content is None:
        return Response(status_code=204, headers=headers)
    # Set as a header: Response adds a charset of its own to a media type.
    return Response(content, headers=headers | {"Content-Type": known.content_type})


def _with_record(row: Row, cost: Cost, exchange: Exchange) -> StoredRequest:
    return StoredRequest(
        request=dict(row),
        cost=cost,
        messages=_messages(exchange),
        attempts=exchange.attempts,
        translated_to=_translated_to(exchange),
        warnings=exchange.warnings,
        request_headers=exchange.request_headers,
        response_headers=exchange.response_headers,
        bodies={"request": _body(exchange, "request"), "response": _body(exchange, "response")},
    )


def _translated_to(exchange: Exchange) -> str | None:
    """Tells by the path at the provider, which a provider's own door leaves as it is."""
    spoken = dialect_of(exchange.path)
    return spoken.name if exchange.dialect and spoken and spoken.name != exchange.dialect else None


def _messages(exchange: Exchange) -> list[ChatMessage]:
    dialect = DIALECTS.get(exchange.dialect or "")
    if dialect is None:
        return []
    return dialect.messages(
        _text(exchange.request_body, exchange.request_body_encoding),
        _text(exchange.response_body, exchange.response_body_encoding),
    )


def _body(exchange: Exchange, side: Side) -> Body:
    is_request = side == "request"
    headers = exchange.request_headers if is_request else exchange.response_headers
    return Body(
        is_kept=_stored(exchange, side)[0] is not None,
        is_omitted=exchange.request_body_omitted if is_request else exchange.response_body_omitted,
        is_truncated=exchange.request_body_truncated if is_request else exchange.response_body_truncated,
        bytes=exchange.request_body_bytes if is_request else exchange.response_body_bytes,
        content_type=_content_type(headers),
    )


def _stored(exchange: Exchange, side: Side) -> tuple[str | None, BodyEncoding]:
    if side == "request":
        return exchange.request_body, exchange.request_body_encoding
    return exchange.response_body, exchange.response_body_encoding


def _content_type(headers: Sequence[Pair]) -> str:
    given = next((pair.value for pair in headers if pair.name.lower() == "content-type"), "")
    return given if given.isascii() and given.isprintable() and "/" in given else "application/octet-stream"


def _text(stored: str | None, encoding: BodyEncoding) -> str | None:
    """Returns a body as a dialect reads it: of a binary one, such as Amazon's streams are, each byte is a character."""
    return stored if stored is None or encoding == "text" else base64.b64decode(stored).decode("latin-1")


def _bytes(stored: str | None, encoding: BodyEncoding) -> bytes | None:
    if stored is None:
        return None
    return stored.encode() if encoding == "text" else base64.b64decode(stored)


def _problem(error: Exception) -> str:
    if isinstance(error, ApiError):
        return f"{error}: {error.hint}" if error.hint else str(error)
    return "the object store does not answer, so bodies cannot be shown now"
