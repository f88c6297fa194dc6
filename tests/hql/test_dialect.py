"""Texts of strings and names mean the same to the engine after printing."""

import json
import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hql.catalog import Catalog
from hql.compile import compile as compile_query
from hql.dialect import parse, print_sql
from hql.reader import Reader
from tests.hql.conftest import Stored
from tests.hql.dataset import OURS

# Zero bytes end a text for JSON's readers, and lone surrogates are no text.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
NAME_SIGNS = st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters='\\"`')
quickly = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@quickly
@given(st.lists(TEXT, min_size=1, max_size=10))
def test_strings_mean_the_same_after_printing(stored: Stored, catalog: Catalog, texts: list[str]):
    sql = f"select [{', '.join(map(literal, texts))}] as x"
    compiled = compile_query(sql, catalog, Reader(OURS)).sql
    assert stored.rows(compiled).rows == [[texts]] == stored.rows(sql).rows


@quickly
@given(st.text(st.sampled_from(list("\\'\"`nx41tu{}$-#/* ")), max_size=12))
def test_escapes_mean_the_same_after_printing(stored: Stored, catalog: Catalog, text: str):
    # A `\\x` without two digits is decoded from whatever follows, garbage to garbage.
    assume("\\x" not in text or re.search(r"\\x[14]{2}", text))
    sql = "select '" + text.replace("'", "''") + "' as x"
    raw = stored.ask(sql)
    try:
        compiled = compile_query(sql, catalog, Reader(OURS)).sql
    except Exception:  # noqa: BLE001 -- refusing is safe, meaning something else is not
        return
    if raw.startswith("{"):
        assert json.loads(stored.ask(compiled))["data"] == json.loads(raw)["data"]


@quickly
@given(
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters='\\"`'), min_size=1, max_size=20)
)
def test_names_mean_the_same_after_printing(stored: Stored, catalog: Catalog, name: str):
    compiled = compile_query(f"select 1 as `{name}`", catalog, Reader(OURS)).sql
    assert stored.rows(compiled).names == [name]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("select 7 mod 4, mod(7, 4), a mod from t", 'SELECT 7 % 4, mod(7, 4), "a" AS "mod" FROM "t"'),
        ("select (9 mod 5) mod 3", "SELECT (9 % 5) % 3"),
        ("select groupArraySorted(3)(x) over () from t", 'SELECT groupArraySorted(3)("x") OVER () FROM "t"'),
        ("select 1 from a any inner join b using (x)", 'SELECT 1 FROM "a" INNER ANY JOIN "b" USING ("x")'),
        ("select 1 from a inner any join b using (x)", 'SELECT 1 FROM "a" INNER ANY JOIN "b" USING ("x")'),
        ("select x = any (select 1)", 'SELECT "x" IN (SELECT 1)'),
    ],
)
def test_a_spelling_of_clickhouse_is_read(written: str, printed: str):
    (tree,) = parse(written)
    assert tree is not None
    assert print_sql(tree) == printed
    (again,) = parse(printed)
    assert again is not None
    assert print_sql(again) == printed
