"""Compiling changes nothing but whose rows are seen: the same rows, names and types as on a database of one's own."""

import pytest

from hql.catalog import Catalog
from hql.compile import compile as compile_query
from hql.reader import Reader
from tests.hql.cases import Case, read_cases
from tests.hql.conftest import Rows, Stored
from tests.hql.dataset import OURS


@pytest.mark.parametrize("case", read_cases("legitimate.sql"), ids=str)
def test_a_query_gives_what_it_gives_on_a_database_of_ones_own(case: Case, stored: Stored, catalog: Catalog):
    alone = stored.rows(case.sql.rstrip(";"), as_writer=True, database="solo")
    compiled = compile_query(case.sql, catalog, Reader(OURS, max_rows=5000)).sql
    # The writer sees every organization: here the compiled text stands alone.
    assert comparable(stored.rows(compiled, as_writer=True), case) == comparable(alone, case)


def test_there_are_enough_legitimate_queries():
    assert len(read_cases("legitimate.sql")) >= 150


def comparable(answer: Rows, case: Case) -> tuple[list[str], list[str], list[object]]:
    rows = [_rounded(row) for row in answer.rows]
    ordered = rows if "order by" in case.sql.lower() else sorted(rows, key=repr)
    return answer.names, answer.types, ordered


def _rounded(value: object) -> object:
    """Sums of floats depend on the order of their parts in the last digits."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [_rounded(member) for member in value]
    if isinstance(value, dict):
        return {name: _rounded(member) for name, member in value.items()}
    return value
