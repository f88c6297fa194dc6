"""Random queries over the catalog give what they give on a database that holds the organization's rows alone.

`WEIR_RANDOM_QUERIES=20000 pytest tests/hql/test_random_queries.py --timeout 3600` asks as many; else there are few.
"""

import os
from random import Random

import pytest

from hql.catalog import Catalog
from hql.compile import compile as compile_query
from hql.reader import Reader
from tests.hql.cases import Case
from tests.hql.conftest import Stored
from tests.hql.dataset import OURS
from tests.hql.test_fidelity import comparable

BATCHES = 4
QUERIES = int(os.environ.get("WEIR_RANDOM_QUERIES", "60"))

_KEYS = {
    "requests": ("provider", "model", "is_stream", "is_error", "user_id", "status_code", "finish_reason"),
    "sessions": ("day", "session_name", "session_id"),
    "usage_hourly": ("provider", "status_class", "model"),
    "users_daily": ("day", "user_id"),
    "users": ("active_days", "user_id"),
    "properties": ("name", "value", "provider"),
    "cache_hits": ("provider", "model", "user_id"),
    "rate_limits": ("provider", "rate_limit_policy"),
    "scores": ("name", "kind", "value_type", "source"),
    "latest_scores": ("name", "source"),
    "request_response_rmt": ("provider", "request_model", "status", "user_id"),
    "users_view": ("active_for",),
}
_NUMBERS = {
    "requests": ("input_tokens", "output_tokens", "total_tokens", "cost_usd", "attempt_count", "request_body_bytes"),
    "sessions": ("request_count", "error_count", "cost_usd", "input_tokens"),
    "usage_hourly": ("request_count", "error_count", "output_tokens", "cost_usd"),
    "users_daily": ("request_count", "error_count", "output_tokens", "cost_usd"),
    "users": ("request_count", "session_count", "cost_usd"),
    "properties": ("input_tokens", "cost_usd"),
    "cache_hits": ("saved_cost_usd",),
    "rate_limits": ("length(path)",),
    "scores": ("length(name)",),
    "latest_scores": ("length(name)",),
    "request_response_rmt": ("prompt_tokens", "completion_tokens", "cost", "latency"),
    "users_view": ("total_requests", "total_cost"),
}
_AGGREGATES = ("sum({})", "min({})", "max({})", "uniqExact({})", "count({})", "sumIf({}, {} > 3)", "maxOrNull({})")


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_queries_see_one_organization_and_all_of_it(batch: int, stored: Stored, catalog: Catalog):
    random = Random(batch)
    for _ in range(QUERIES // BATCHES):
        sql = query(random)
        compiled = compile_query(sql, catalog, Reader(OURS, max_rows=5000)).sql
        case = Case("random", sql)
        alone = comparable(stored.rows(sql, as_writer=True, database="solo"), case)
        assert comparable(stored.rows(compiled, as_writer=True), case) == alone, sql


def query(random: Random) -> str:
    """One query whose answer depends on no order that it does not name."""
    shape = random.choice((grouped, rows, stepped, united, joined, ranked, beside))
    return shape(random)


def grouped(random: Random) -> str:
    table, keys = _table(random)
    chosen = random.sample(keys, random.randint(1, min(2, len(keys))))
    having = random.choice(("", " having n > 1", " having n between 2 and 50"))
    how = random.choice(("", " with rollup", " with cube"))
    names = ", ".join(chosen)
    everything = f"{names}, n, a"
    return (
        f"select {names}, count() as n, {_aggregate(random, table)} as a from {table}{_where(random, table)} "
        f"group by {names}{how}{having} order by {everything}"
    )


def rows(random: Random) -> str:
    table, keys = _table(random)
    number = random.choice(_NUMBERS[table])
    names = ", ".join(keys)
    distinct = random.choice(("", "distinct "))
    limit = random.choice(("", f" limit {random.randint(1, 30)}"))
    return f"select {distinct}{names}, {number} as v from {table}{_where(random, table)} order by {names}, v{limit}"


def stepped(random: Random) -> str:
    table, keys = _table(random)
    key = random.choice(keys)
    name = random.choice((table, "x", "requests"))
    return (
        f"with {name} as (select {key} as k, count() as n from {table}{_where(random, table)} group by k) "
        f"select count(), sum(n), uniqExact(k) from {name} where k in (select k from {name} where n > 1)"
    )


def united(random: Random) -> str:
    kind = random.choice(("union all", "union distinct", "except", "intersect"))
    (one, ones), (two, twos) = _table(random), _table(random)
    parts = [
        f"select toString({random.choice(keys)}) as k from {table}{_where(random, table)}"
        for table, keys in ((one, ones), (two, twos))
    ]
    return f"select k, count() as n from ({parts[0]} {kind} {parts[1]}) group by k order by k, n"


def joined(random: Random) -> str:
    (one, ones), (two, twos) = _table(random), _table(random)
    kind = random.choice(("inner", "left", "right", "full outer", "left semi", "left anti"))
    left = (
        f"(select toString({random.choice(ones)}) as k, count() as n from {one}{_where(random, one)} group by k) as a"
    )
    right = (
        f"(select toString({random.choice(twos)}) as k, count() as m from {two}{_where(random, two)} group by k) as b"
    )
    return f"select count(), sum(a.n), uniqExact(a.k) from {left} {kind} join {right} on a.k = b.k"


def ranked(random: Random) -> str:
    table, keys = _table(random)
    one, two = random.choice(keys), random.choice(keys)
    function = random.choice(("rank()", "dense_rank()", "sum(n)", "count()", "max(n)"))
    window = f"{function} over (partition by k order by n)"
    return (
        f"select k, l, n, {window} as r from (select {one} as k, {two} as l, count() as n from {table}"
        f"{_where(random, table)} group by k, l) order by k, l, n, r"
    )


def beside(random: Random) -> str:
    table, keys = _table(random)
    number = random.choice(_NUMBERS[table])
    key = random.choice(keys)
    return (
        f"select count(), (select count() from {table}) as every from {table} "
        f"where {number} >= (select avg({number}) from {table}) or {key} in (select {key} from {table}"
        f"{_where(random, table)})"
    )


def _table(random: Random) -> tuple[str, tuple[str, ...]]:
    table = random.choice(sorted(_KEYS))
    return table, _KEYS[table]


def _aggregate(random: Random, table: str) -> str:
    number = random.choice(_NUMBERS[table])
    return random.choice(_AGGREGATES).replace("{}", number)


def _where(random: Random, table: str) -> str:
    key, number = random.choice(_KEYS[table]), random.choice(_NUMBERS[table])
    return random.choice(
        (
            "",
            f" where {number} > {random.randint(0, 300)}",
            f" where {key} is not null and not {number} between 5 and 50",
            f" where {number} % 3 = 1 or {key} is null",
            f" prewhere {number} >= 1 where toString({key}) != 'openai'",
        )
    )
