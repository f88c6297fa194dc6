"""What becomes of a query, as text."""

from uuid import UUID

import pytest

from hql.catalog import Catalog, _examples
from hql.compile import RULES
from hql.compile import compile as compile_query
from hql.errors import Refused
from hql.reader import Reader
from hql.recheck import Unproven, recheck
from tests.hql.cases import Case, legitimate_cases, read_cases
from tests.hql.dataset import OURS

READER = Reader(OURS)


@pytest.mark.parametrize("case", read_cases("compiled.sql"), ids=str)
def test_a_query_becomes_what_the_fixture_says(case: Case, catalog: Catalog):
    assert compile_query(case.sql, catalog, Reader(UUID(int=0), max_rows=100)).sql == case.becomes


@pytest.mark.parametrize("case", read_cases("refused.sql"), ids=lambda case: case.sql[:60])
def test_a_hostile_query_is_refused_with_a_place(case: Case, catalog: Catalog):
    *_, code, place = case.title.split(" ")
    with pytest.raises(Refused) as caught:
        compile_query(case.sql, catalog, READER)
    problem = caught.value.problem
    assert problem.code == code
    assert place == ("-" if problem.line is None else f"{problem.line}:{problem.column}")
    assert "sqlglot" not in problem.message
    assert "\n" not in problem.message


def test_there_are_enough_hostile_queries_of_every_category():
    categories = [case.title.rsplit(" ", 2)[0] for case in read_cases("refused.sql")]
    assert len(categories) >= 150
    assert set(categories) >= {"statement", "clause", "table", "table function", "function", "membership", "array join"}
    assert set(categories) >= {"scope", "column", "name", "lexing", "parameter", "syntax"}


@pytest.mark.parametrize("case", [*legitimate_cases(5), *read_cases("probes.sql")], ids=str)
def test_compiling_twice_gives_the_same_text(case: Case, catalog: Catalog):
    assert compile_query(case.sql, catalog, READER) == compile_query(case.sql, catalog, READER)


@pytest.mark.parametrize("dropped", [rule for rule in RULES if rule.__name__ in ("bound_rows", "plain_membership")])
def test_the_second_reading_finds_a_rule_that_did_not_work(dropped, catalog: Catalog):
    rules = tuple(rule for rule in RULES if rule is not dropped)
    sql = "with x as (select 1 as i) select count() from requests where status_code in x"
    printed = compile_query(sql, catalog, READER, rules).sql
    with pytest.raises((Unproven, Refused)):
        recheck(printed, catalog, READER)


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT * FROM "weir"."requests"',
        'SELECT * FROM (SELECT "model" FROM "weir"."requests") AS "r"',
        'SELECT * FROM (SELECT "model" FROM "weir"."requests" WHERE "organization_id" = toUUID(\'{0}\')) AS "r"',
        'SELECT * FROM (SELECT "model" FROM "weir"."requests" PREWHERE "organization_id" = toUUID(\'{1}\')) AS "r"',
        'SELECT * FROM (SELECT * FROM "weir"."requests" PREWHERE "organization_id" = toUUID(\'{0}\')) AS "r"',
        'SELECT * FROM (SELECT "m" FROM "weir"."loads" PREWHERE "organization_id" = toUUID(\'{0}\')) AS "r"',
        'SELECT * FROM (SELECT "m" FROM "requests" PREWHERE "organization_id" = toUUID(\'{0}\')) AS "r"',
        'SELECT 1 IN "requests"',
    ],
)
def test_the_second_reading_trusts_no_text(sql: str, catalog: Catalog):
    with pytest.raises(Unproven):
        recheck(sql.format(OURS, UUID(int=7)), catalog, READER)


def test_hidden_columns_are_neither_listed_nor_known(catalog: Catalog):
    reader = Reader(OURS, hidden_columns=frozenset({"request_preview", "request_body"}))
    assert "request_preview" not in compile_query("select * from requests", catalog, reader).sql
    with pytest.raises(Refused, match="unknown column `request_preview`"):
        compile_query("select request_preview from requests", catalog, reader)
    with pytest.raises(Refused, match="unknown column `request_body`"):
        compile_query("select request_body from requests", catalog, reader)


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("select modl from requests", "did you mean `model`?"),
        ("select r.provder from requests r", "did you mean `provider`?"),
        ("select cost from requests", "did you mean `cost_usd`?"),
        ("select tokens from requests", "did you mean `input_tokens`?"),
        ("select count() from request", "did you mean `requests`?"),
        ("describe requests", "tables and columns are at GET /v1/hql/schema"),
        ("select toStartOfHor(created_at) from requests", "did you mean `toStartOfHour`?"),
        ("select count() from weir.requests", "write `requests` without the database"),
        ("select organization_id from requests", "a query sees the rows of your organization alone; leave"),
        (
            "select model, count() as n from requests group by model with totals having n > 1",
            "write GROUP BY GROUPING SETS ((model), ()): then the totals are a row as others, for HAVING as well",
        ),
        ("select 1 format JSON", "limits and the format are parameters of the request"),
    ],
)
def test_a_refusal_says_the_way_out(sql: str, hint: str, catalog: Catalog):
    with pytest.raises(Refused) as caught:
        compile_query(sql, catalog, READER)
    assert (caught.value.problem.hint or "").startswith(hint)


@pytest.mark.parametrize(
    "sql",
    [
        "select " + "(" * 5000 + "1" + ")" * 5000,
        "select " + "not " * 5000 + "1",
        "select " + "[" * 3000 + "]" * 3000,
        "select " + "case when 1 then " * 2000 + "1" + " end" * 2000,
        "select * from " + "(select * from " * 1000 + "requests" + ")" * 1000,
        "select " + "tuple(" * 60 + "1" + ")" * 60,
        "select " + "f(x -> " * 500 + "1" + ")" * 500,
        "select 1" + " + 1" * 12_000,
        "select '" + "a" * 60_000 + "'",
        "with " + ",".join(f"a{n} as (select 1)" for n in range(3000)) + " select 1",
    ],
    ids=lambda sql: sql[:24],
)
def test_a_bomb_of_nesting_or_length_is_refused(sql: str, catalog: Catalog):
    with pytest.raises(Refused) as caught:
        compile_query(sql, catalog, READER)
    assert caught.value.problem.code in ("too_deep", "too_long", "too_complicated", "unknown_function")


def test_facts_of_a_compiled_query(catalog: Catalog):
    query = compile_query(
        "select count() from requests join sessions using (session_id) where latency_ms > {ms:Float64} and "
        "status_code in {codes: Array(UInt16)} and created_at > now() - interval {days:UInt8} day",
        catalog,
        Reader(OURS, max_rows=7),
    )
    assert query.tables == ("requests", "sessions")
    assert query.parameters == {"ms": "Float64", "codes": "Array(UInt16)", "days": "UInt8"}
    assert query.is_volatile
    assert query.max_rows == 7
    assert query.sql.endswith("LIMIT 8")
    assert not compile_query("select count() from requests", catalog, READER).is_volatile


def test_no_table_of_the_operator_is_in_the_catalog(catalog: Catalog):
    assert "loads" not in catalog.tables
    assert all("organization_id" not in table.by_name for table in catalog.tables.values())


def test_the_schema_says_what_every_column_means(catalog: Catalog):
    for table in catalog.tables.values():
        for column in table.columns:
            assert column.meaning.endswith("."), f"{table.name}.{column.name}"


def test_examples_name_columns_that_exist(catalog: Catalog):
    for table, columns in _examples().items():
        assert set(columns) <= set(catalog.tables[table].by_name)
