import pytest

from warehouse.embedded.errors import EngineError
from warehouse.embedded.statement import read_statement, split_statements


@pytest.mark.parametrize(
    ("text", "sql", "format", "data"),
    [
        (b"insert into t values (1);(2)", b"insert into t ", "Values", b" (1);(2)"),
        (b"INSERT INTO t (a, b) FORMAT CSV\n1,;\n", b"INSERT INTO t (a, b) ", "CSV", b"1,;\n"),
        (b"insert into t format TSV\r\n1\n", b"insert into t ", "TSV", b"1\n"),
        (b"insert into t format Native\n\n\x00'", b"insert into t ", "Native", b"\n\x00'"),
        (b"insert into t format TSV ;\n1", b"insert into t ", "TSV", b"1"),
        (b"insert into db.format (values) values (1)", b"insert into db.format (values) ", "Values", b" (1)"),
        (
            b"insert into t settings a = 1 format JSONEachRow {}",
            b"insert into t settings a = 1 ",
            "JSONEachRow",
            b"{}",
        ),
        (b"insert into table function f('x') format TSV\n", b"insert into table function f('x') ", "TSV", b""),
        (b"insert into `a;b` /* format X */ format TSV\n1", b"insert into `a;b` /* format X */ ", "TSV", b"1"),
        (b"with 1 as y insert into t (s) format TSV\na;\n", b"with 1 as y insert into t (s) ", "TSV", b"a;\n"),
        (
            b"with {SELECT:Int32} as v, (select 1) as w insert into select values (1)",
            b"with {SELECT:Int32} as v, (select 1) as w insert into select ",
            "Values",
            b" (1)",
        ),
    ],
)
def test_the_data_of_an_insert_begin_where_the_engine_reads_them(text: bytes, sql: bytes, format: str, data: bytes):
    statement = read_statement(text)
    assert (statement.sql, statement.format) == (sql, format)
    assert statement.data_at is not None
    assert text[statement.data_at :] == data


@pytest.mark.parametrize(
    "text",
    [
        b"insert into t select 1 format CSV",
        b"insert into t (a) with x as (select 1) select * from x",
        b"insert into t from infile 'x' format CSV",
        b"insert into t (a) (select 'values (1)')",
    ],
)
def test_an_insert_from_a_query_brings_no_data(text: bytes):
    assert read_statement(text).data_at is None


@pytest.mark.parametrize(
    ("text", "format"),
    [
        (b"select 1 format JSON", "JSON"),
        (b"select 1 FORMAT Native settings max_threads = 1;", "Native"),
        (b"select format from t", None),
        (b"select 1 as format", None),
        (b"select ' format JSON'", None),
        (b"select 1 format JSON -- really", "JSON"),
        (b"show tables format TSV", "TSV"),
    ],
)
def test_the_format_a_query_asks_for_is_its_last_clause(text: bytes, format: str | None):
    assert read_statement(text).format == format


def test_a_query_is_known_without_its_format():
    assert read_statement(b"select 1 format Native settings max_threads = 1;").query == (
        b"select 1  settings max_threads = 1"
    )
    assert read_statement(b"select 1").query == b"select 1"


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        (b"with 1 as x select x", "WITH"),
        (b"with 1 as insert select insert", "WITH"),
        (b"with x as (insert into) select 1", "WITH"),
        (b"with 1 as select insert into t select 1", "INSERT"),
        (b"with x as (select 1) insert into t select * from x", "INSERT"),
    ],
)
def test_what_a_with_leads_to_is_read_and_not_guessed(text: bytes, verb: str):
    statement = read_statement(text)
    assert (statement.verb, statement.data_at) == (verb, None)


def test_one_closing_semicolon_is_allowed_and_a_second_statement_is_not():
    assert read_statement(b"select ';' ; -- end").sql == b"select ';' "
    for text in (b"select 1; select 2", b"select 1;;drop table t", b"select 1 /* ; */; /* */ set x = 1"):
        with pytest.raises(EngineError) as refused:
            read_statement(text)
        assert refused.value.code == 62


@pytest.mark.parametrize("text", [b"", b"  \n", b"-- nothing", b";", b"/* */ ;"])
def test_an_empty_query_is_refused(text: bytes):
    with pytest.raises(EngineError):
        read_statement(text)


def test_scripts_are_cut_between_statements_only():
    script = b"-- one; or two\ncreate table a (x String default ';');\n\ninsert into a select $$;$$;\n-- end\n"
    assert split_statements(script) == [
        b"-- one; or two\ncreate table a (x String default ';')",
        b"insert into a select $$;$$",
    ]
