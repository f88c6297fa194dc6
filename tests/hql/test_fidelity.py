"""Compiling changes nothing but whose rows are seen: the same rows, names and types as on a database of one's own."""

import re

import pytest

from hql.catalog import Catalog
from hql.compile import compile as compile_query
from hql.computed import COMPUTED
from hql.errors import Refused
from hql.parameters import bind
from hql.reader import Reader
from tests.hql.cases import LEVELS, Case, legitimate_cases, read_cases, rounded
from tests.hql.conftest import Rows, Stored
from tests.hql.dataset import OURS


@pytest.mark.parametrize("case", [*read_cases("legitimate.sql"), *legitimate_cases()], ids=str)
def test_a_query_gives_what_it_gives_on_a_database_of_ones_own(case: Case, stored: Stored, catalog: Catalog):
    query = compile_query(case.sql, catalog, Reader(OURS, max_rows=5000))
    bound = bind(query.parameters, case.parameters)
    alone = stored.rows(case.sql.rstrip(";"), as_writer=True, database="solo", parameters=bound)
    # The writer sees every organization: here the compiled text stands alone.
    together = stored.rows(query.sql, as_writer=True, parameters=bound)
    assert comparable(together, case) == comparable(alone, case)


@pytest.mark.parametrize("table", [computed.name for computed in COMPUTED])
def test_each_column_of_a_computed_table_is_the_same_without_the_others(table: str, stored: Stored, catalog: Catalog):
    for column in catalog.tables[table].listed:
        case = Case(column.name, f"select {column.name} as c from {table} order by toString(c)")
        alone = stored.rows(case.sql, as_writer=True, database="solo")
        together = stored.rows(compile_query(case.sql, catalog, Reader(OURS, max_rows=5000)).sql, as_writer=True)
        assert comparable(together, case) == comparable(alone, case), column.name


@pytest.mark.parametrize("case", read_cases("legitimate/refused.sql"), ids=str)
def test_what_the_engine_alone_can_run_is_refused_with_a_place(case: Case, stored: Stored, catalog: Catalog):
    assert stored.rows(case.sql, as_writer=True, database="solo").names
    with pytest.raises(Refused) as caught:
        compile_query(case.sql, catalog, Reader(OURS))
    assert caught.value.problem.line


def test_there_are_enough_legitimate_queries_of_every_level_over_every_table(catalog: Catalog):
    assert all(len(legitimate_cases(level)) >= 45 for level in LEVELS)
    assert len(legitimate_cases()) >= 300
    accepted, refused = len(legitimate_cases()), len(read_cases("legitimate/refused.sql"))
    assert accepted / (accepted + refused) > 0.99
    words = {word for case in legitimate_cases() for word in re.findall(r"\w+", case.sql)}
    assert set(catalog.tables) <= words


def comparable(answer: Rows, case: Case) -> tuple[list[str], list[str], list[object]]:
    rows = [rounded(row) for row in answer.rows]
    ordered = rows if "order by" in case.sql.lower() else sorted(rows, key=repr)
    return answer.names, answer.types, ordered
