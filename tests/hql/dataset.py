"""Two organizations with the same kind of rows, made by the engine itself so that a test needs no other package."""

from uuid import UUID

from hql.catalog import Catalog, Table

OURS = UUID("aaaaaaaa-0000-4000-8000-00000000000a")
THEIRS = UUID("bbbbbbbb-0000-4000-8000-00000000000b")
CANARY = "CANARY"
"""Stands in every text of the foreign rows: an answer or an error that holds it has leaked."""

ROWS = 300

_KEYS = {
    "users": "user_id",
    "cache_hits": "request_id",
    "rate_limits": "request_id",
    "properties": "(request_id, name)",
    "scores": "score_id",
    "property_edits": "edit_id",
    "latest_scores": "score_id",
    "feedback": "score_id",
    "requests": "request_id",
    "sessions": "(day, session_id)",
    "usage_hourly": "(hour, provider, model, status_class)",
    "users_daily": "(day, user_id)",
}


def inserts(organization_id: UUID) -> list[str]:
    """The statements that fill the tables for one organization."""
    mark = "" if organization_id == OURS else CANARY + "-"
    salt = 1 if organization_id == OURS else 7
    return [
        _requests(organization_id, mark, salt),
        _scores(organization_id, mark),
        _property_edits(organization_id, mark),
        _sessions(organization_id),
        _usage_hourly(organization_id),
        _users_daily(organization_id),
    ]


def _requests(organization_id: UUID, mark: str, salt: int) -> str:
    return f"""
insert into weir.requests (
    organization_id, request_id, created_at, completed_at, loaded_at, source, user_id, session_id, properties, provider,
    method, path, target_host, request_model, response_model, is_stream, attempt_count, status_code, error_type,
    error_message, finish_reason, tool_names, latency_ms, time_to_first_token_ms, usage_source, input_tokens,
    output_tokens, cost_usd, price_source, cache_hit, saved_cost_usd, rate_limit_policy,
    request_body_bytes, response_body_bytes, request_preview,
    response_preview, segment, frame_offset, frame_length, frame_line)
select
    toUUID('{organization_id}'),
    toUUID(concat('{str(organization_id)[:8]}-0000-4000-8000-', leftPad(hex(number), 12, '0'))),
    toDateTime64('2026-11-01 00:00:00', 6, 'UTC') + toIntervalSecond(number * 4001 * {salt} % 1700000) as c,
    c + toIntervalMillisecond(50 + number * 37 % 90000),
    toDateTime64('2026-11-21 00:00:00', 6, 'UTC') + toIntervalMicrosecond(number + {salt}),
    'gateway',
    if(number % 7 = 0, null, concat('{mark}user-', toString(number % 23 + {salt}))),
    if(number % 3 = 0, null, concat('{mark}session-', toString(number % 41))),
    if(number % 2 = 0, map('feature', concat('{mark}f', toString(number % 4)), '{mark}tier', 'gold'), map()),
    ['openai', 'anthropic', 'demo'][number % 3 + 1],
    'POST', '/v1/chat/completions', 'api.example.com',
    concat('{mark}gpt-', toString(number % 5)),
    if(number % 11 = 0, null, concat('{mark}gpt-', toString(number % 5), '-2026')),
    number % 2 = 0, 1,
    [200, 200, 200, 429, 500, null][number % 6 + 1],
    [null, null, null, 'rate_limited', 'provider_error', 'unreachable'][number % 6 + 1],
    if(number % 6 > 2, '{mark}it failed', null),
    if(number % 6 < 3, 'stop', null),
    arraySlice(['search', '{mark}fetch', 'mail'], 1, number % 4),
    if(number % 6 = 5, null, 50 + number * 37 % 1300 + {salt}),
    if(number % 6 < 3 and number % 2 = 0, 20 + number % 80, null),
    'reported',
    if(number % 6 < 3, 100 * {salt} + number, null),
    if(number % 6 < 3, 10 + number % 90, null),
    if(number % 6 < 3 and number % 5 > 0, toDecimal128(number * {salt} * 0.000123, 12), null),
    'exact', number % 13 = 0, if(number % 13 = 0, toDecimal128(number * 0.001, 12), null),
    if(number % 6 = 3, '{mark}100;w=60', null), 1000 + number, 2000 + number,
    concat('{mark}question ', toString(number)),
    if(number % 6 < 3, concat('{mark}answer ', toString(number)), null),
    '{mark}raw/v1/segment', number, 10, number % 5
from numbers({ROWS})"""


def _scores(organization_id: UUID, mark: str) -> str:
    # Of every request judged, the first judgement was replaced by the second.
    return f"""
insert into weir.scores (
    organization_id, day, score_id, created_at, loaded_at, kind, request_id, session_id, name, value_type, value,
    category, source, comment, segment, frame_offset, frame_length, frame_line)
select
    organization_id, toDate(created_at), reinterpretAsUUID(toUInt128(cityHash64(request_id)) * 10 + n),
    completed_at + toIntervalHour(n), loaded_at, ['score', 'feedback', 'score'][n % 3 + 1],
    if(n = 4, null, request_id), if(n = 4, session_id, null),
    [concat('{mark}quality'), 'feedback', 'tone'][n % 3 + 1], ['float', 'boolean', 'category'][n % 3 + 1],
    [n / 8, n % 2, null][n % 3 + 1], if(n % 3 = 2, '{mark}dry', null), ['eval', 'user', 'api'][n % 3 + 1],
    '{mark}because', '{mark}raw/v1/said', n, 10, n
from weir.requests
array join range(6) as n
where organization_id = toUUID('{organization_id}') and session_id is not null and status_code = 200"""


def _property_edits(organization_id: UUID, mark: str) -> str:
    return f"""
insert into weir.property_edits (
    organization_id, day, edit_id, created_at, loaded_at, request_id, name, value, segment, frame_offset, frame_length,
    frame_line)
select
    organization_id, toDate(created_at), request_id, completed_at, loaded_at, request_id, '{mark}tier',
    if(is_stream, '{mark}gold', null), '{mark}raw/v1/said', 0, 10, frame_line
from weir.requests
where organization_id = toUUID('{organization_id}')"""


def _sessions(organization_id: UUID) -> str:
    return f"""
insert into weir.sessions
    (organization_id, day, session_id, session_name, started_at, ended_at, request_count, error_count, input_tokens,
     output_tokens, cost_usd, unpriced_count, user_ids, models, loaded_at)
select
    organization_id, toDate(created_at) as d, assumeNotNull(session_id) as s, 'chat', min(created_at),
    max(completed_at), count(), countIf(ifNull(status_code, 599) >= 400), sum(ifNull(input_tokens, 0)),
    sum(ifNull(output_tokens, 0)), sum(ifNull(cost_usd, 0)), countIf(cost_usd is null),
    arraySort(groupUniqArrayIf(assumeNotNull(user_id), user_id is not null)),
    arraySort(groupUniqArray(assumeNotNull(request_model))), max(loaded_at)
from weir.requests
where organization_id = toUUID('{organization_id}') and session_id is not null
group by organization_id, d, s"""


def _usage_hourly(organization_id: UUID) -> str:
    return f"""
insert into weir.usage_hourly
    (organization_id, hour, provider, model, status_class, request_count, error_count, cache_hit_count, input_tokens,
     output_tokens, cache_read_tokens, reasoning_tokens, cost_usd, unpriced_count, latency_ms_sum, latency_ms_values,
     latency_ms_counts, loaded_at)
select
    organization_id, toStartOfHour(toDateTime(created_at, 'UTC')) as h, provider, ifNull(response_model, '') as m,
    if(status_code is null, 'none', concat(toString(intDiv(assumeNotNull(status_code), 100)), 'xx')) as c,
    count(), countIf(ifNull(status_code, 599) >= 400), countIf(cache_hit), sum(ifNull(input_tokens, 0)),
    sum(ifNull(output_tokens, 0)), 0, 0, sum(ifNull(cost_usd, 0)), countIf(cost_usd is null),
    sum(ifNull(latency_ms, 0)), [toFloat32(100), toFloat32(200)], [toUInt32(1), toUInt32(2)], max(loaded_at)
from weir.requests
where organization_id = toUUID('{organization_id}')
group by organization_id, h, provider, m, c"""


def _users_daily(organization_id: UUID) -> str:
    return f"""
insert into weir.users_daily
    (organization_id, day, user_id, request_count, error_count, input_tokens, output_tokens, cost_usd, unpriced_count,
     latency_ms_sum, latency_count, loaded_at)
select
    organization_id, toDate(created_at) as d, assumeNotNull(user_id) as u, count(),
    countIf(ifNull(status_code, 599) >= 400), sum(ifNull(input_tokens, 0)), sum(ifNull(output_tokens, 0)),
    sum(ifNull(cost_usd, 0)), countIf(cost_usd is null), sum(ifNull(latency_ms, 0)), count(latency_ms), max(loaded_at)
from weir.requests
where organization_id = toUUID('{organization_id}') and user_id is not null
group by organization_id, d, u"""


def solo_statements(catalog: Catalog, organization_id: UUID, database: str = "solo") -> list[str]:
    """Makes a database that holds one organization alone, in tables as a query sees them."""
    statements = [f"create database {database}"]
    for table in catalog.tables.values():
        statements += _solo_table(table, organization_id, database)
    return statements


def _solo_table(table: Table, organization_id: UUID, database: str) -> list[str]:
    listed = ", ".join(f"`{column.name}` {column.type}" for column in table.listed)
    values = ", ".join(f"{column.expression or column.name} as `{column.name}`" for column in table.listed)
    others = "".join(
        f", `{column.name}` {column.type} alias {column.expression or column.name}"
        for column in table.columns
        if not column.is_listed
    )
    names = ", ".join(f"`{column.name}`" for column in table.listed)
    create = f"create table {database}.{table.name} ({listed}{others})"
    rows = f"weir.{table.source} where organization_id = toUUID('{organization_id}')"
    if table.query is not None:
        # What is stored in this database, and made before, has the organization's rows alone.
        rows = f"({table.query})"
        for stored in ("requests", "scores"):
            rows = rows.replace(f"from {stored}", f"from {database}.{stored}")
    select = f"select {values} from {rows}"
    return [
        f"{create} engine = ReplacingMergeTree order by {_KEYS[table.alias_of or table.name]}",
        f"insert into {database}.{table.name} ({names}) {select}",
    ]
