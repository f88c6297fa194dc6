"""What the api answers, as values. Fields we do not draw are left out; readers ignore what they do not know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
import polars as pl

CacheState = Literal["miss", "hit", "stale", "bypass", "off"]
"""Computed and kept; from the cache; from the cache with older data; computed because asked to; computed, not kept."""

Side = Literal["request", "response"]


class Session(msgspec.Struct, frozen=True):
    """A session the api opened."""

    token: str
    expires_at: datetime


class User(msgspec.Struct, frozen=True):
    """A person."""

    email: str
    name: str | None = None


class Organization(msgspec.Struct, frozen=True):
    """An organization the viewer belongs to."""

    id: str
    name: str
    role: str | None = None

    @property
    def is_managed_by_viewer(self) -> bool:
        """Whether the viewer may see to its keys."""
        return self.role in ("owner", "admin")


class Me(msgspec.Struct, frozen=True):
    """Who the api says is looking."""

    user: User
    organizations: tuple[Organization, ...]


class Problem(msgspec.Struct, frozen=True):
    """A part that does not work."""

    part: str
    message: str
    hint: str


class Freshness(msgspec.Struct, frozen=True):
    """Up to when the data is there, and what is broken."""

    checked_at: datetime
    last_loaded_at: datetime | None = None
    lag_ms_p50: float | None = None
    lag_ms_p95: float | None = None
    pending_segments: int | None = None
    problems: tuple[Problem, ...] = ()


class ToolCall(msgspec.Struct, frozen=True):
    """The model asks for a tool."""

    id: str | None = None
    name: str | None = None
    arguments: str = ""


class ToolResult(msgspec.Struct, frozen=True):
    """What a tool answered."""

    call_id: str | None = None
    text: str = ""
    is_error: bool = False


class Image(msgspec.Struct, frozen=True):
    """An image's place in a message; its bytes stay in the body."""

    media_type: str | None = None
    url: str | None = None


class Message(msgspec.Struct, frozen=True):
    """One message of a conversation, whatever the dialect."""

    role: str
    text: str = ""
    reasoning: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    images: tuple[Image, ...] = ()


class Attempt(msgspec.Struct, frozen=True):
    """One try at one provider."""

    provider: str
    started_at: datetime
    duration_ms: float
    status_code: int | None = None
    error_type: str | None = None
    host: str = ""
    model: str | None = None
    """The model asked for there, where it is not the one the application named."""


class Header(msgspec.Struct, frozen=True):
    """One header that was kept."""

    name: str
    value: str


class Body(msgspec.Struct, frozen=True):
    """What is known of one body without its bytes."""

    is_omitted: bool
    is_truncated: bool
    bytes: int
    content_type: str


class CostPart(msgspec.Struct, frozen=True):
    """The tokens of one kind and what they cost; kinds do not overlap."""

    name: str
    tokens: int
    usd_per_million: float
    cost_usd: float


class Cost(msgspec.Struct, frozen=True):
    """What a call cost, and where the price came from."""

    price_source: str
    cost_usd: float | None = None
    price_version: str | None = None
    provider_cost_usd: float | None = None
    saved_cost_usd: float | None = None
    parts: tuple[CostPart, ...] = ()


class Score(msgspec.Struct, frozen=True):
    """One score or feedback."""

    name: str
    created_at: datetime
    kind: str = "score"
    value_type: str = "float"
    value: float | None = None
    category: str | None = None
    source: str = "api"
    comment: str | None = None


class PropertyEdit(msgspec.Struct, frozen=True):
    """One change of a property."""

    name: str
    created_at: datetime
    value: str | None = None
    """None where the property was removed."""


class StoredRequest(msgspec.Struct, frozen=True):
    """One request with its conversation."""

    request: dict[str, Any]
    """The row, by column."""
    cost: Cost
    messages: tuple[Message, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    translated_to: str | None = None
    """The provider's dialect, where it is not the caller's."""
    warnings: tuple[str, ...] = ()
    request_headers: tuple[Header, ...] = ()
    response_headers: tuple[Header, ...] = ()
    bodies: dict[Side, Body] = {}
    scores: tuple[Score, ...] = ()
    property_edits: tuple[PropertyEdit, ...] = ()
    problem: str | None = None


class Column(msgspec.Struct, frozen=True):
    """A column that can be queried."""

    name: str
    type: str
    meaning: str


class Table(msgspec.Struct, frozen=True):
    """A table that can be queried."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    alias_of: str | None = None


class Schema(msgspec.Struct, frozen=True):
    """What can be queried."""

    tables: tuple[Table, ...]
    functions: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True)
class Answer:
    """The rows of a query and how it went."""

    frame: pl.DataFrame
    row_count: int
    truncated: bool
    elapsed_ms: float
    read_rows: int
    cache: CacheState
    age_seconds: float
