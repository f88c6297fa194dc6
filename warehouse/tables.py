"""What can be queried: the warehouse's tables, their columns, types, units and meanings.

How they are stored (engine, order, codecs) is in `warehouse/migrations/`; a test proves that the two agree. Columns
that a record also has take their meaning from `warehouse/record.py`.
"""

import ast
import inspect
import itertools
import re
import textwrap
from dataclasses import dataclass
from functools import cache

from warehouse import record


@dataclass(frozen=True)
class Column:
    """One column: its ClickHouse type, what it means, and the unit of its numbers."""

    name: str
    type: str
    meaning: str
    unit: str | None = None
    expression: str | None = None
    """The SQL of a computed column, which is not stored; None for a stored one."""


@dataclass(frozen=True)
class Table:
    """One table: its grain is what one row stands for."""

    name: str
    grain: str
    time_column: str
    columns: tuple[Column, ...]

    @property
    def stored(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.expression is None)

    def column(self, name: str) -> Column:
        """Returns the column of that name; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@cache
def _record_meanings(struct: type) -> dict[str, str]:
    """The docstrings under the fields of a record, by field."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(struct)))
    body = tree.body[0].body  # type: ignore[attr-defined]
    meanings: dict[str, str] = {}
    for field, doc in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant):
            meanings[ast.unparse(field.target)] = str(doc.value.value)
    return meanings


def _recorded(name: str, type: str, unit: str | None = None, *, of: type = record.Exchange) -> Column:
    """A column that is a field of the record, with the record's meaning; what is None there is NULL in the table."""
    return Column(name, type, re.sub(r"\bNone\b", "NULL", _record_meanings(of)[name]), unit)


_LOADED_AT = Column("loaded_at", "DateTime64(6, 'UTC')", "When the row became queryable, UTC; strictly increases.")
_FRAME = (
    Column("frame_offset", "UInt64", "Where the row's compressed frame begins in the segment.", "bytes"),
    Column("frame_length", "UInt32", "Length of the row's compressed frame.", "bytes"),
    Column("frame_line", "UInt32", "Which line of the frame is the row's record, counted from 0."),
)
_SEGMENT_OF_RECORD = Column(
    "segment", "LowCardinality(String)", "Key of the raw segment in the object store that holds the record."
)

REQUESTS = Table(
    name="requests",
    grain="one call of an application to a provider, or one logged step that calls none, as step_kind tells",
    time_column="created_at",
    columns=(
        _recorded("organization_id", "UUID"),
        _recorded("request_id", "UUID"),
        _recorded("created_at", "DateTime64(6, 'UTC')"),
        _recorded("completed_at", "DateTime64(6, 'UTC')"),
        _LOADED_AT,
        _recorded("source", "LowCardinality(String)"),
        _recorded("api_key_id", "Nullable(UUID)"),
        _recorded("user_id", "Nullable(String)"),
        _recorded("session_id", "Nullable(String)"),
        _recorded("session_path", "Nullable(String)"),
        _recorded("session_name", "LowCardinality(Nullable(String))"),
        _recorded("trace_id", "Nullable(String)"),
        _recorded("span_id", "Nullable(String)"),
        _recorded("parent_span_id", "Nullable(String)"),
        _recorded("step_kind", "LowCardinality(String)"),
        _recorded("step_name", "Nullable(String)"),
        _recorded("properties", "Map(LowCardinality(String), String)"),
        _recorded("prompt_id", "LowCardinality(Nullable(String))"),
        _recorded("prompt_version", "LowCardinality(Nullable(String))"),
        _recorded("prompt_inputs", "Map(LowCardinality(String), String)"),
        _recorded("provider", "LowCardinality(String)"),
        _recorded("dialect", "LowCardinality(Nullable(String))"),
        _recorded("method", "LowCardinality(String)"),
        _recorded("path", "LowCardinality(String)"),
        _recorded("target_host", "LowCardinality(Nullable(String))"),
        _recorded("request_model", "LowCardinality(Nullable(String))"),
        _recorded("response_model", "LowCardinality(Nullable(String))"),
        _recorded("model_override", "LowCardinality(Nullable(String))"),
        Column(
            "model",
            "LowCardinality(Nullable(String))",
            "The model the call counts as: the caller's override, else the one that answered, else the one asked for.",
            expression="coalesce(model_override, response_model, request_model)",
        ),
        _recorded("is_stream", "Bool"),
        _recorded("service_tier", "LowCardinality(Nullable(String))"),
        Column(
            "attempt_count",
            "UInt8",
            "How many tries at providers there were; 0 where the gateway answered itself or nobody was asked.",
        ),
        _recorded("status_code", "Nullable(UInt16)"),
        _recorded("error_type", "LowCardinality(Nullable(String))"),
        _recorded("error_message", "Nullable(String)"),
        Column(
            "is_error",
            "Bool",
            "Whether the call failed: an error status, no status, or a broken stream.",
            expression="error_type is not null or ifNull(status_code, 599) >= 400",
        ),
        _recorded("finish_reason", "LowCardinality(Nullable(String))"),
        _recorded("tool_names", "Array(LowCardinality(String))"),
        _recorded("latency_ms", "Nullable(Float64)", "ms"),
        _recorded("time_to_first_byte_ms", "Nullable(Float64)", "ms"),
        _recorded("time_to_first_token_ms", "Nullable(Float64)", "ms"),
        _recorded("gateway_ms", "Nullable(Float64)", "ms"),
        _recorded("usage_source", "LowCardinality(String)"),
        _recorded("input_tokens", "Nullable(UInt64)", "tokens"),
        _recorded("output_tokens", "Nullable(UInt64)", "tokens"),
        Column(
            "total_tokens",
            "Nullable(UInt64)",
            "input_tokens and output_tokens together.",
            "tokens",
            expression="input_tokens + output_tokens",
        ),
        _recorded("cache_read_tokens", "Nullable(UInt64)", "tokens"),
        _recorded("cache_write_tokens", "Nullable(UInt64)", "tokens"),
        _recorded("cache_write_1h_tokens", "Nullable(UInt64)", "tokens"),
        _recorded("reasoning_tokens", "Nullable(UInt64)", "tokens"),
        _recorded("input_audio_tokens", "Nullable(UInt64)", "tokens"),
        _recorded("output_audio_tokens", "Nullable(UInt64)", "tokens"),
        _recorded("input_image_tokens", "Nullable(UInt64)", "tokens"),
        _recorded("output_image_tokens", "Nullable(UInt64)", "tokens"),
        _recorded("input_audio_seconds", "Nullable(UInt32)", "s"),
        _recorded("web_searches", "Nullable(UInt32)"),
        _recorded("search_units", "Nullable(UInt32)"),
        Column(
            "cost_usd",
            "Nullable(Decimal(18, 12))",
            "What the call cost in US dollars; NULL where its model has no known price or its usage is unknown.",
            "USD",
        ),
        Column(
            "price_source",
            "LowCardinality(String)",
            "Where the price came from: exact, override, provider_reported or none.",
        ),
        Column("price_version", "LowCardinality(Nullable(String))", "The version of the price list used."),
        _recorded("provider_cost_usd", "Nullable(Decimal(18, 12))", "USD"),
        _recorded("cache_hit", "Bool"),
        _recorded("cache_reference_id", "Nullable(UUID)"),
        _recorded("cache_key", "Nullable(String)"),
        Column(
            "saved_cost_usd",
            "Nullable(Decimal(18, 12))",
            "What a cache hit would have cost at the provider, in US dollars; NULL for calls that were not hits.",
            "USD",
        ),
        _recorded("saved_latency_ms", "Nullable(Float64)", "ms"),
        _recorded("rate_limit_policy", "LowCardinality(Nullable(String))"),
        _recorded("user_agent", "LowCardinality(Nullable(String))"),
        _recorded("country_code", "LowCardinality(Nullable(String))"),
        _recorded("request_body_bytes", "UInt64", "bytes"),
        _recorded("response_body_bytes", "UInt64", "bytes"),
        _recorded("request_body_truncated", "Bool"),
        _recorded("response_body_truncated", "Bool"),
        _recorded("request_preview", "Nullable(String)"),
        _recorded("response_preview", "Nullable(String)"),
        Column(
            "segment", "LowCardinality(String)", "Key of the raw segment in the object store that holds the bodies."
        ),
        *_FRAME,
    ),
)

SCORES = Table(
    name="scores",
    grain="one score or feedback given to a request or a session; one given again is a further row",
    time_column="created_at",
    columns=(
        _recorded("organization_id", "UUID", of=record.Score),
        Column("day", "Date", "The UTC day of the request it is about, else of the session's latest request then."),
        _recorded("score_id", "UUID", of=record.Score),
        _recorded("created_at", "DateTime64(6, 'UTC')", of=record.Score),
        _LOADED_AT,
        Column("kind", "LowCardinality(String)", "What it is: score, or feedback of an end user."),
        _recorded("request_id", "Nullable(UUID)", of=record.Score),
        _recorded("session_id", "Nullable(String)", of=record.Score),
        Column("name", "LowCardinality(String)", "What was judged, such as `helpfulness`; `feedback` for feedback."),
        _recorded("value_type", "LowCardinality(String)", of=record.Score),
        _recorded("value", "Nullable(Float64)", of=record.Score),
        _recorded("category", "Nullable(String)", of=record.Score),
        _recorded("source", "LowCardinality(String)", of=record.Score),
        _recorded("comment", "Nullable(String)", of=record.Score),
        _SEGMENT_OF_RECORD,
        *_FRAME,
    ),
)

PROPERTY_EDITS = Table(
    name="property_edits",
    grain="one change of a property of a request after the call; requests and properties show what came of it",
    time_column="created_at",
    columns=(
        _recorded("organization_id", "UUID", of=record.PropertyEdit),
        Column("day", "Date", "The UTC day of the request."),
        _recorded("edit_id", "UUID", of=record.PropertyEdit),
        _recorded("created_at", "DateTime64(6, 'UTC')", of=record.PropertyEdit),
        _LOADED_AT,
        _recorded("request_id", "UUID", of=record.PropertyEdit),
        _recorded("name", "LowCardinality(String)", of=record.PropertyEdit),
        _recorded("value", "Nullable(String)", of=record.PropertyEdit),
        _SEGMENT_OF_RECORD,
        *_FRAME,
    ),
)

SESSIONS = Table(
    name="sessions",
    grain="one session on one UTC day; a session that crosses midnight has a row for each day",
    time_column="day",
    columns=(
        Column("organization_id", "UUID", "The organization whose session it is."),
        Column("day", "Date", "The UTC day."),
        Column("session_id", "String", "The session, as the application names it."),
        Column("session_name", "Nullable(String)", "The kind of session, from its latest request that tells."),
        Column("started_at", "DateTime64(6, 'UTC')", "When the day's first request of the session was received."),
        Column("ended_at", "DateTime64(6, 'UTC')", "When the day's last response of the session was complete."),
        Column("request_count", "UInt64", "Calls to models in the session on that day."),
        Column("step_count", "UInt64", "Its other logged steps: tools, retrievals, agents and such."),
        Column("error_count", "UInt64", "Calls to models that failed."),
        Column("input_tokens", "UInt64", "Sum of the known input_tokens.", "tokens"),
        Column("output_tokens", "UInt64", "Sum of the known output_tokens.", "tokens"),
        Column("cost_usd", "Decimal(38, 12)", "Sum of the known costs in US dollars.", "USD"),
        Column("unpriced_count", "UInt64", "Requests whose cost is unknown and so not in cost_usd."),
        Column("user_ids", "Array(String)", "The end users seen in the session, sorted."),
        Column("models", "Array(String)", "The models that answered, sorted."),
        Column(
            "loaded_at",
            "DateTime64(6, 'UTC')",
            "The newest loaded_at of the requests that are summed up here, UTC: which state of them this row reflects.",
        ),
    ),
)

STEPS_PER_DOUBLING = 8
"""How finely `usage_hourly` keeps durations: each is rounded to the nearest of so many steps between x and 2x."""

LEAST_MS = 0.125
"""The shortest duration that `usage_hourly` tells; shorter ones count as this."""

USAGE_HOURLY = Table(
    name="usage_hourly",
    grain="one hour, provider, model and status class of an organization",
    time_column="hour",
    columns=(
        Column("organization_id", "UUID", "The organization whose usage it is."),
        Column("hour", "DateTime('UTC')", "The start of the hour, UTC."),
        Column("provider", "LowCardinality(String)", "The provider that answered."),
        Column("model", "LowCardinality(String)", "The model that answered; empty where none is known."),
        Column(
            "status_class",
            "LowCardinality(String)",
            "The class of the HTTP status, such as 2xx, or none where no status came.",
        ),
        Column(
            "request_count", "UInt64", "Calls to models begun in that hour; every figure but step_count is of these."
        ),
        Column("step_count", "UInt64", "Logged steps that call no model: tools, retrievals, agents and such."),
        Column("error_count", "UInt64", "Requests that failed."),
        Column("cache_hit_count", "UInt64", "Requests served from the response cache."),
        Column("usage_count", "UInt64", "Requests of which input or output tokens are known."),
        Column("input_tokens", "UInt64", "Sum of the known input_tokens.", "tokens"),
        Column("output_tokens", "UInt64", "Sum of the known output_tokens.", "tokens"),
        Column("total_tokens", "UInt64", "Sum of the known total_tokens.", "tokens"),
        Column("cache_read_tokens", "UInt64", "Sum of the known cache_read_tokens.", "tokens"),
        Column("reasoning_tokens", "UInt64", "Sum of the known reasoning_tokens.", "tokens"),
        Column("cost_usd", "Decimal(38, 12)", "Sum of the known costs in US dollars.", "USD"),
        Column("saved_cost_usd", "Decimal(38, 12)", "Sum of the known saved_cost_usd.", "USD"),
        Column("unpriced_count", "UInt64", "Requests whose cost is unknown and so not in cost_usd."),
        Column("unpriced_error_count", "UInt64", "Those of unpriced_count that failed."),
        Column("latency_ms_sum", "Float64", "Sum of latency_ms over requests that have one.", "ms"),
        Column(
            "latency_ms_values",
            "Array(Float32)",
            "The different latencies, ascending, each rounded to the nearest of eight steps a doubling, which is 4.4 % "
            "off at most; latency_ms_counts tells how many requests had each.",
            "ms",
        ),
        Column("latency_ms_counts", "Array(UInt32)", "How many requests had each of latency_ms_values."),
        Column(
            "time_to_first_token_ms_values",
            "Array(Float32)",
            "The different times to the first token, ascending and rounded as latency_ms_values.",
            "ms",
        ),
        Column(
            "time_to_first_token_ms_counts",
            "Array(UInt32)",
            "How many requests had each of time_to_first_token_ms_values.",
        ),
        Column(
            "loaded_at",
            "DateTime64(6, 'UTC')",
            "The newest loaded_at of the requests that are summed up here, UTC: which state of them this row reflects.",
        ),
    ),
)

USERS_DAILY = Table(
    name="users_daily",
    grain="one user with calls and UTC day of an organization",
    time_column="day",
    columns=(
        Column("organization_id", "UUID", "The organization whose usage it is."),
        Column("day", "Date", "The day, UTC."),
        Column("user_id", "String", "The end user the calls were made for, as the application names them."),
        Column("request_count", "UInt64", "Calls to models begun on that day; every figure is of these."),
        Column("error_count", "UInt64", "Requests that failed."),
        Column("usage_count", "UInt64", "Requests of which input or output tokens are known."),
        Column("input_tokens", "UInt64", "Sum of the known input_tokens.", "tokens"),
        Column("output_tokens", "UInt64", "Sum of the known output_tokens.", "tokens"),
        Column("total_tokens", "UInt64", "Sum of the known total_tokens.", "tokens"),
        Column("cost_usd", "Decimal(38, 12)", "Sum of the known costs in US dollars.", "USD"),
        Column("unpriced_count", "UInt64", "Requests whose cost is unknown and so not in cost_usd."),
        Column("latency_ms_sum", "Float64", "Sum of latency_ms over requests that have one.", "ms"),
        Column("latency_count", "UInt64", "Requests that have a latency_ms."),
        Column(
            "loaded_at",
            "DateTime64(6, 'UTC')",
            "The newest loaded_at of the requests that are summed up here, UTC: which state of them this row reflects.",
        ),
    ),
)

LOADS = Table(
    name="loads",
    grain="one raw segment that was loaded",
    time_column="loaded_at",
    columns=(
        Column("segment", "String", "Key of the segment in the object store."),
        Column("day", "Date", "The UTC day its records belong to."),
        Column("loaded_at", "DateTime64(6, 'UTC')", "When it was loaded."),
        Column("row_count", "UInt64", "Rows of `requests` it gave."),
        Column("said_count", "UInt64", "Rows of `scores` and `property_edits` it gave."),
        Column("rejected_count", "UInt64", "Lines that could not be read and went to quarantine."),
        Column("duplicate_count", "UInt64", "Rows left out because their id was there already."),
        Column("lag_ms", "Float64", "From its last completed response to loaded_at.", "ms"),
        Column("bytes", "UInt64", "Size of the compressed segment.", "bytes"),
    ),
)

TABLES: tuple[Table, ...] = (REQUESTS, SCORES, PROPERTY_EDITS, SESSIONS, USAGE_HOURLY, USERS_DAILY, LOADS)

PRIVATE_TABLES = frozenset({"loads"})
"""Tables of the operator: they span organizations and are not in the HQL catalog."""
