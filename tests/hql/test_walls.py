"""Two walls stand before foreign rows: the compiler's rules and the engine's row policies. Each is tested alone."""

import json
import re
from uuid import UUID

import pytest

from hql.catalog import Catalog
from hql.compile import compile as compile_query
from hql.reader import Reader
from tests.hql.cases import Case, read_cases
from tests.hql.conftest import Stored
from tests.hql.dataset import CANARY, OURS, ROWS, THEIRS

FOREIGN = re.compile(
    rf"{CANARY}-(user|session|gpt|f\d|tier|question|answer|raw|it failed|fetch|because|quality|dry|gold|100;w)"
    r"|bbbbbbbb-0000-4000-8000-(?!0{11}b)",
    re.IGNORECASE,
)
"""Values of foreign rows; no query spells them out."""

HOSTILE = [*read_cases("refused.sql"), *read_cases("probes.sql")]


@pytest.mark.parametrize("case", read_cases("probes.sql"), ids=str)
def test_with_the_engines_wall_off_the_compiled_text_shows_nothing_foreign(
    case: Case, stored: Stored, catalog: Catalog
):
    compiled = compile_query(case.sql, catalog, Reader(OURS, max_rows=100_000)).sql
    together = stored.ask(compiled, as_writer=True)
    assert not FOREIGN.search(together)
    # Nor does it show in numbers, or in a failure that a database of one's own would not have.
    alone = stored.ask(case.sql, as_writer=True, database="solo")
    if alone.startswith("{"):
        assert rows_of(together) == rows_of(alone)


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.sql[:60])
def test_with_the_rules_off_the_engine_shows_nothing_foreign(case: Case, stored: Stored):
    assert not FOREIGN.search(stored.ask(case.sql))


@pytest.mark.parametrize("case", read_cases("legitimate.sql")[::4], ids=str)
def test_with_the_rules_off_legitimate_queries_see_one_organization(case: Case, stored: Stored, catalog: Catalog):
    printed = compile_query(case.sql, catalog, Reader(OURS), rules=()).sql
    assert not FOREIGN.search(stored.ask(printed))


def test_the_foreign_values_would_be_found(stored: Stored):
    for table in ("requests", "sessions", "usage_hourly", "users_daily"):
        assert FOREIGN.search(stored.ask(f"select * from weir.{table}", as_writer=True))


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("select count() from weir.requests", ROWS),
        ("select count() from merge('weir', '^requests$')", ROWS),
        ("select uniqExact(organization_id) from weir.requests", 1),
        ("select uniqExact(organization_id) from weir.sessions", 1),
        ("select uniqExact(organization_id) from weir.usage_hourly", 1),
        ("select uniqExact(organization_id) from weir.users_daily", 1),
        ("select count() from weir.requests settings additional_table_filters = {}", ROWS),
        ("select count() from (select * from weir.requests settings log_comment = 'writer')", ROWS),
        (f"select count() from weir.requests where organization_id = toUUID('{THEIRS}')", 0),
        ("select count() from weir.requests where request_id in (select request_id from weir.requests)", ROWS),
    ],
)
def test_the_engine_counts_the_rows_of_one_organization(sql: str, count: int, stored: Stored):
    answer = stored.ask(sql)
    assert not answer.startswith("{") or json.loads(answer)["data"] == [[count]]


def test_the_engine_shows_no_rows_without_an_organization_or_for_an_unknown_one(stored: Stored):
    assert stored.rows("select count() from weir.requests", of=None).rows == [[0]]
    assert stored.rows("select count() from weir.requests", of=UUID(int=0)).rows == [[0]]


def rows_of(answer: str) -> list[str]:
    return sorted(json.dumps(row) for row in json.loads(answer)["data"])
