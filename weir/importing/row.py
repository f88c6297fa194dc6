"""What Helicone says of one request: a row of `POST /v1/request/query-clickhouse`.

Sources: Helicone's type `HeliconeRequest` and the query behind the route, `lib/stores/request/request.ts`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from providers.lenient import decode_object
from weir.importing.errors import BadPage

NO_REFERENCE = UUID(int=0)
"""What Helicone writes where no other request's answer was served."""

_NOTHING = msgspec.Raw(b"null")


class Row(msgspec.Struct, kw_only=True):
    """A request, its answer and what was said of it. Numbers may be texts: ClickHouse writes large ones so."""

    request_id: UUID
    request_created_at: str
    response_created_at: str | None = None
    response_status: int | None = None
    request_body: msgspec.Raw = _NOTHING
    response_body: msgspec.Raw = _NOTHING
    signed_body_url: str | None = None
    """Where both bodies lie, for an hour or so; None where they are in the row."""
    request_user_id: str | None = None
    request_properties: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    model: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    model_override: str | None = None
    provider: str | None = None
    target_url: str | None = None
    request_path: str | None = None
    delay_ms: float | None = None
    time_to_first_token: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_cache_read_tokens: int | None = None
    prompt_cache_write_tokens: int | None = None
    cost: float | None = None
    """US dollars."""
    prompt_id: str | None = None
    prompt_version: str | None = None
    country_code: str | None = None
    cache_reference_id: UUID | None = None
    scores: dict[str, Any] | None = None
    feedback_rating: bool | None = None
    feedback_created_at: str | None = None
    asset_ids: list[str] | None = None
    updated_at: str | None = None

    def created_at(self) -> datetime:
        """Raises ValueError for what is no time."""
        return moment(self.request_created_at)

    def said_properties(self) -> Mapping[str, Any]:
        return self.request_properties or self.properties or {}


class _Answer(msgspec.Struct):
    data: list[msgspec.Raw] | None = None
    error: Any = None


_answer_decoder = msgspec.json.Decoder(_Answer)
_row_decoder = msgspec.json.Decoder(Row, strict=False)


def rows_in(answer: bytes, where: str) -> list[msgspec.Raw]:
    """Returns the rows of an answer of the route, still as they were written; raises BadPage, naming `where` it was."""
    try:
        page = _answer_decoder.decode(answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadPage(
            f"{where}: not an answer of Helicone's query-clickhouse ({error}); it begins with {answer[:80]!r}"
        ) from error
    if page.data is None:
        raise BadPage(f"{where}: Helicone answered with the error {page.error!r} instead of requests")
    return page.data


def read_row(written: msgspec.Raw | bytes) -> Row:
    """Reads one row; raises ValueError, saying why it is none."""
    try:
        row = _row_decoder.decode(bytes(written))
        row.created_at()
    except (ValueError, RecursionError) as error:  # msgspec's errors are such, too
        raise ValueError(f"row {_name_of(bytes(written))}: {error}") from error
    return row


def _name_of(written: bytes) -> str:
    """Returns what tells somebody which row it is."""
    return str(decode_object(written).get("request_id") or written[:80])


def moment(text: str) -> datetime:
    """Reads `2026-11-02 08:30:00.123`, which is UTC, or any ISO time; raises ValueError."""
    found = datetime.fromisoformat(text.strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
