"""Tables that are not stored: each is a query over a table that is, put in the place of its name.

The queries are ours and go through the same rules as people's: the organization's filter stands inside, on that table.
"""

from dataclasses import dataclass

from warehouse.tables import REQUESTS, SCORES, Column, Table


@dataclass(frozen=True)
class Computed:
    """A table as a query gives it."""

    name: str
    grain: str
    time_column: str
    sql: str
    columns: tuple[Column, ...]
    """What the query gives, in its order."""


def _same(*names: str, of: Table = REQUESTS) -> tuple[Column, ...]:
    """Columns that are those of a stored table."""
    return tuple(Column(column.name, column.type, column.meaning, column.unit) for column in map(of.column, names))


_LOADED = Column("loaded_at", "DateTime64(6, 'UTC')", "The newest loaded_at of the requests behind the row, UTC.")

USERS = Computed(
    name="users",
    grain="one end user, over the whole time",
    time_column="last_seen_at",
    # Names of columns are qualified, because an alias would otherwise hide the column of its name.
    sql="""
select
    assumeNotNull(r.user_id) as user_id,
    min(r.created_at) as first_seen_at,
    max(r.created_at) as last_seen_at,
    uniqExact(toDate(r.created_at)) as active_days,
    countIf(r.step_kind = 'llm') as request_count,
    countIf(r.step_kind = 'llm' and r.is_error) as error_count,
    countIf(r.cache_hit) as cache_hit_count,
    uniqExact(r.session_id) as session_count,
    sum(ifNull(r.input_tokens, 0)) as input_tokens,
    sum(ifNull(r.output_tokens, 0)) as output_tokens,
    sum(ifNull(r.cost_usd, 0)) as cost_usd,
    countIf(r.step_kind = 'llm' and r.cost_usd is null) as unpriced_count,
    arraySort(groupUniqArrayIf(assumeNotNull(r.model), r.model is not null)) as models,
    max(r.loaded_at) as loaded_at
from requests as r
where r.user_id is not null
group by r.user_id
""",
    columns=(
        Column("user_id", "String", "The end user, as the application names them."),
        Column("first_seen_at", "DateTime64(6, 'UTC')", "When their first request was received, UTC."),
        Column("last_seen_at", "DateTime64(6, 'UTC')", "When their latest request was received, UTC."),
        Column("active_days", "UInt64", "UTC days on which they made requests."),
        Column("request_count", "UInt64", "Their calls to models."),
        Column("error_count", "UInt64", "Those of them that failed."),
        Column("cache_hit_count", "UInt64", "Those that the response cache answered."),
        Column("session_count", "UInt64", "The sessions they were seen in."),
        Column("input_tokens", "UInt64", "Sum of the known input_tokens.", "tokens"),
        Column("output_tokens", "UInt64", "Sum of the known output_tokens.", "tokens"),
        Column("cost_usd", "Decimal(38, 12)", "Sum of the known costs in US dollars.", "USD"),
        Column("unpriced_count", "UInt64", "Calls whose cost is unknown and so not in cost_usd."),
        Column("models", "Array(String)", "The models that answered them, sorted."),
        _LOADED,
    ),
)

_HIT = (
    "request_id", "created_at", "cache_reference_id", "cache_key", "user_id", "session_id", "properties", "provider",
    "model", "latency_ms", "saved_latency_ms", "saved_cost_usd", "loaded_at",
)  # fmt: skip

CACHE_HITS = Computed(
    name="cache_hits",
    grain="one request that the response cache answered",
    time_column="created_at",
    sql=f"select {', '.join(_HIT)} from requests where cache_hit",  # noqa: S608 -- our own names
    columns=_same(*_HIT),
)

_LIMITED = (
    "request_id", "created_at", "rate_limit_policy", "api_key_id", "user_id", "session_id", "properties", "provider",
    "model", "path", "loaded_at",
)  # fmt: skip

RATE_LIMITS = Computed(
    name="rate_limits",
    grain="one request that a limit of the gateway refused",
    time_column="created_at",
    sql=f"select {', '.join(_LIMITED)} from requests where rate_limit_policy is not null",  # noqa: S608
    columns=_same(*_LIMITED),
)

_OF_REQUEST = (
    "user_id", "session_id", "step_kind", "provider", "model", "is_error", "latency_ms", "input_tokens",
    "output_tokens", "cost_usd", "loaded_at",
)  # fmt: skip

PROPERTIES = Computed(
    name="properties",
    grain="one property of one request, as it is after all edits; with what is mostly summed up by property",
    time_column="created_at",
    sql=f"""
select
    r.request_id as request_id,
    r.created_at as created_at,
    name,
    value,
    {", ".join(f"r.{column} as {column}" for column in _OF_REQUEST)}
from requests as r
array join mapKeys(r.properties) as name, mapValues(r.properties) as value
""",  # noqa: S608 -- our own names
    columns=(
        *_same("request_id", "created_at"),
        Column("name", "String", "The property, as the application named it."),
        Column("value", "String", "What it was for this request."),
        *_same(*_OF_REQUEST),
    ),
)

_SCORE = (
    "request_id", "session_id", "name", "value_type", "value", "category", "source", "comment", "kind", "score_id",
    "created_at", "day", "loaded_at",
)  # fmt: skip

LATEST_SCORES = Computed(
    name="latest_scores",
    grain="one score or feedback that holds: the latest of its name and source for a request or a session",
    time_column="created_at",
    sql=f"""
select {", ".join(_SCORE)}
from scores
order by created_at desc, score_id desc
limit 1 by request_id, session_id, name, source
""",  # noqa: S608 -- our own names
    columns=_same(*_SCORE, of=SCORES),
)

FEEDBACK = Computed(
    name="feedback",
    grain="one opinion of an end user on a request or a session: the latest of its source",
    time_column="created_at",
    sql="""
select
    request_id,
    session_id,
    cast(ifNull(value, 0) = 1 as Bool) as rating,
    comment,
    source,
    score_id,
    created_at,
    day,
    loaded_at
from scores
where kind = 'feedback'
order by created_at desc, score_id desc
limit 1 by request_id, session_id, source
""",
    columns=(
        *_same("request_id", "session_id", of=SCORES),
        Column("rating", "Bool", "Whether it was good."),
        *_same("comment", "source", "score_id", "created_at", "day", "loaded_at", of=SCORES),
    ),
)

COMPUTED: tuple[Computed, ...] = (USERS, PROPERTIES, LATEST_SCORES, FEEDBACK, CACHE_HITS, RATE_LIMITS)
