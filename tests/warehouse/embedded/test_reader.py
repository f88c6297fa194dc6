"""The second wall: whatever a reader's query says, it sees its organization's rows and nothing of the machine."""

import os
import threading
import uuid
from pathlib import Path

import httpx
import pytest

from tests.engine import WarehouseServer
from tests.warehouse.embedded.conftest import ask, refused
from warehouse.embedded.configuration import HIDDEN_SYSTEM_TABLES, READABLE_TABLES

OWN, FOREIGN = uuid.uuid4(), uuid.uuid4()
OWN_ROWS, FOREIGN_ROWS = 3, 5

HARMLESS_SYSTEM_TABLES = {
    # Facts about the engine that are the same for everybody.
    "aggregate_function_combinators", "build_options", "codecs", "collations", "contributors",
    "data_skipping_index_types", "data_type_families", "database_engines", "dictionary_layouts",
    "dictionary_sources", "disk_types", "documentation", "fail_points", "formats", "functions", "keywords",
    "licenses", "merge_tree_settings", "one", "numbers", "numbers_mt", "primes", "privileges",
    "replicated_merge_tree_settings", "settings", "settings_changes", "symbols", "table_engines", "table_functions",
    "time_zones", "tokenizers", "unicode", "zeros", "zeros_mt", "completions", "dashboards", "graphite_retentions",
    "macros", "s3_queue_settings", "azure_queue_settings", "filesystem_cache_settings",
    # What a client needs to know of the tables it may read, and about itself.
    "columns", "databases", "tables", "current_roles", "enabled_roles", "constraints", "projections",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def rows_of_two_organizations(warehouse_server: WarehouseServer):
    parts = httpx.URL(warehouse_server.writer_url)
    with httpx.Client(base_url=warehouse_server.url, auth=(parts.username, parts.password)) as writer:
        for organization, rows in ((OWN, OWN_ROWS), (FOREIGN, FOREIGN_ROWS)):
            columns = "organization_id, user_id, request_preview, properties, request_id, created_at, loaded_at"
            ask(
                writer,
                f"insert into requests ({columns}) select '{organization}', 'u{organization}', "
                f"'canary of {organization}', map('team', '{organization}'), generateUUIDv4(), now(), now() "
                f"from numbers({rows})",
            )
            ask(
                writer,
                "insert into sessions (organization_id, day, session_id) "
                f"select '{organization}', today(), toString(number) from numbers({rows})",
            )


@pytest.fixture
def own() -> dict[str, str]:
    return {"SQL_weir_organization_id": f"'{OWN}'"}


@pytest.mark.parametrize(
    "count",
    [
        "select count() from requests",
        "select count() from requests where 1 or organization_id != toUUID('00000000-0000-0000-0000-000000000000')",
        "select count() from merge('weir', '^requests$')",
        "select count() from merge(currentDatabase(), 'req')",
        "select count() from view(select * from requests)",
        "select count() from (select * from requests settings log_comment = 'writer x')",
        "select count() from (select * from requests settings additional_table_filters = {})",
        "select count() from (select * from requests settings additional_table_filters = {'weir.requests': '1'})",
        "select count() from (select * from requests settings profile = 'default')",
        "with all as (select * from requests) select count() from all",
        "select count() from requests prewhere 1",
        "select count() from requests as a any left join requests as b on a.request_id = b.request_id",
        "select length(groupArray(user_id)) from requests",
        "select uniqExact(request_id) from requests where hasToken(request_preview, 'canary')",
        "select count() from requests where hasToken(request_preview, 'canary')",
        "select count() from requests where request_preview ilike '%canary%'",
        "select sum(c) from (select count() as c from requests union all select 0)",
        "select count() from requests where toDate(created_at) >= today() - 1",
        "select count() from weir.requests where has(mapKeys(properties), 'team')",
        "select (select count() from requests)",
        "select count() from requests where request_id in (select request_id from requests)",
        "select count() from sessions",
        "select uniqExact(request_id) from requests array join tool_names || [''] as tool",
        "select count() from `weir`.`requests`",
        "select rows from (select count() as rows from requests group by organization_id)",
    ],
)
def test_a_reader_counts_its_own_rows_only(reader: httpx.Client, own: dict[str, str], count: str):
    assert ask(reader, count, **own) == str(OWN_ROWS)


def test_without_an_organization_a_reader_sees_no_row(reader: httpx.Client):
    for table in READABLE_TABLES:
        assert ask(reader, f"select count() from {table}") == "0"
    assert ask(reader, "select count() from merge('weir', '.*')") == "0"


@pytest.mark.parametrize(
    "organization", ["writer", "writer x", "' or 1 --", "00000000", "%", "x'; drop table requests"]
)
def test_an_organization_is_a_uuid_and_nothing_else(reader: httpx.Client, organization: str):
    assert refused(reader, "select 1", SQL_weir_organization_id=organization) == 36


def test_the_empty_uuid_is_an_organization_like_any_other(reader: httpx.Client):
    assert ask(reader, "select count() from requests", SQL_weir_organization_id=str(uuid.UUID(int=0))) == "0"


def test_errors_and_divisions_tell_nothing_of_foreign_rows(reader: httpx.Client, own: dict[str, str]):
    oracle = "select count() from requests where throwIf(user_id = 'u{}') = 0"
    assert refused(reader, oracle.format(OWN), **own) == 395
    assert ask(reader, oracle.format(FOREIGN), **own) == str(OWN_ROWS)
    text = "select count() from requests where toUInt64(if(user_id = 'u{}', user_id, '1')) = 1"
    assert ask(reader, text.format(FOREIGN), **own) == str(OWN_ROWS)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from loads",
        "select * from schema_migrations",
        "select * from mergeTreeIndex('weir', 'requests')",
        "select * from system.query_log",
        "select * from remote('localhost', weir.requests)",
        "select * from cluster('default', weir.requests)",
        "select * from loop(weir.requests)",
        "select * from mergeTreeProjection('weir', 'requests', 'x')",
        "select * from mergeTreeTextIndex('weir', 'requests', 'request_preview_words')",
        "select dictGet('a', 'b', 1)",
    ],
)
def test_ways_round_the_tables_are_closed(reader: httpx.Client, own: dict[str, str], sql: str):
    assert refused(reader, sql, **own) in {36, 46, 60, 164, 497, 582, 701}


@pytest.mark.parametrize("sql", ["select * as everything from requests", "select 1 +", "with x as select 1"])
def test_what_cannot_be_parsed_is_a_mistake_and_not_forbidden(reader: httpx.Client, own: dict[str, str], sql: str):
    assert refused(reader, sql, **own) == 62


@pytest.mark.parametrize(
    "sql",
    [
        "insert into requests (segment) values ('x')",
        "insert into requests (segment) select 'x'",
        "create table x (a UInt8) engine = Memory",
        "create view v as select * from requests",
        "create temporary table t as select * from requests",
        "create function f as x -> x",
        "create user u",
        "drop table requests",
        "truncate table requests",
        "alter table requests delete where 1",
        "alter table requests drop partition '2026-01-01'",
        "delete from requests where 1",
        "rename table requests to r",
        "optimize table requests final",
        "kill query where 1",
        "system shutdown",
        "set log_comment = 'writer x'",
        "set role writer",
        "set profile = 'default'",
        "use system",
        "set log_comment = 'writer x'; select count() from requests",
        "select 1; set role writer; select count() from requests",
        "select 1 settings log_comment = 'writer x'",
        "select 1 settings readonly = 0",
        "select 1 settings max_execution_time = 100000",
        "select 1 settings max_memory_usage = 0",
        "select count() from requests settings additional_table_filters = {'weir.requests': '1'}",
        "explain select 1 settings log_comment = 'writer x'",
        "watch requests",
        "backup table requests to File('x')",
        "attach table x",
        "begin transaction",
        "execute as default select 1",
        "grant writer to default",
        "requests",
        "5",
    ],
)
def test_a_reader_reads_and_changes_nothing(reader: httpx.Client, writer: httpx.Client, own: dict[str, str], sql: str):
    before = ask(writer, "select count() from requests")
    assert refused(reader, sql, **own) in {62, 164, 497, 47}
    assert ask(writer, "select count() from requests") == before


@pytest.mark.parametrize(
    "sql",
    [
        "select file('{path}')",
        "select `file`('{path}')",
        "select \"file\"('{path}')",
        "select FILE('{path}')",
        "select * apply(file) from (select '{path}' as x)",
        "select /**/file/**/ ('{path}')",
        "select\u200bfile('{path}')",
        "with file('{path}') as x select x",
        "select arrayMap(x -> file(x), ['{path}'])",
        "select * from file('{path}', 'LineAsString', 'x String')",
        "select * from default.`{path}`",
        "select * from `default`.`../../../..{path}`",
        "select * from fileCluster('default', '{path}', 'LineAsString', 'x String')",
        "select * from url('file://{path}', 'LineAsString', 'x String')",
        "select * from sqlite('{path}', 'x')",
        "select * from filesystem('{path}')",
        "select * from executable('cat', 'LineAsString', 'x String')",
        "select * from Python(secret)",
        "select * from python('secret')",
        "select * from s3('http://localhost/{path}', 'LineAsString', 'x String')",
        "select catboostEvaluate('{path}', 1)",
        "select * from numbers(1) into outfile '{path}.out'",
        "select 1 into outfile '{path}.out' truncate format TSV",
        "(select 1) into outfile '{path}.out'",
    ],
)
def test_a_reader_cannot_reach_the_machine(reader: httpx.Client, own: dict[str, str], tmp_path: Path, sql: str):
    secret = tmp_path / "secret"
    secret.write_text("the host's secret")
    response = reader.post("/", params={"database": "weir", **own}, content=sql.format(path=secret).encode())
    assert response.status_code >= 400
    assert "the host's secret" not in response.text
    assert os.listdir(tmp_path) == ["secret"]


def test_external_tables_of_a_reader_are_refused(reader: httpx.Client):
    response = reader.post(
        "/",
        params={
            "query": "select * from x",
            "x_structure": "a UInt8) as (select * from weir.requests",
            "x_format": "TSV",
        },
        files={"x": ("x", b"1\n")},
    )
    assert response.headers["X-ClickHouse-Exception-Code"] == "164"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("max_execution_time", "3601", 452),
        ("max_execution_time", "0", 452),
        ("max_memory_usage", "0", 452),
        ("max_memory_usage", "2000000000", 452),
        ("max_result_rows", "0", 452),
        ("max_result_bytes", "9999999999999999", 452),
        ("max_rows_to_read", "0", 452),
        ("max_execution_time", "nan", 452),
        ("additional_table_filters", "{}", 164),
        ("use_query_cache", "1", 164),
        ("use_query_condition_cache", "1", 164),
        ("allow_introspection_functions", "1", 164),
        ("profile", "default", 164),
        ("format_schema", "/etc/passwd", 164),
        ("SQL_other", "1", 164),
    ],
)
def test_a_reader_may_lower_its_limits_but_not_lift_them_above_an_exports(
    reader: httpx.Client, own: dict[str, str], name: str, value: str, code: int
):
    assert refused(reader, "select 1", **own, **{name: value}) == code


def test_limits_hold(reader: httpx.Client, own: dict[str, str]):
    assert ask(reader, "select getSetting('max_execution_time')", **own, max_execution_time=5) == "5"
    assert ask(reader, "select getSetting('readonly')", **own, readonly=0) == "1"
    assert ask(reader, "select getSetting('log_comment')", **own, log_comment="writer x").startswith(str(OWN))
    assert refused(reader, "select count() from system.zeros", **own) == 158
    assert refused(reader, "select sleep(3)", **own, max_execution_time=1) == 159
    assert refused(reader, "select number from numbers(11)", **own, max_result_rows=10) == 396
    assert refused(reader, "select length(arrayMap(x -> repeat('a', 1000000), range(100000)))", **own) in {241, 131}
    assert ask(reader, "select count() from requests", **own) == str(OWN_ROWS)


def test_the_engine_tells_a_reader_nothing_of_others(reader: httpx.Client, writer: httpx.Client, own: dict[str, str]):
    every = set(ask(writer, "select name from system.tables where database = 'system'").splitlines())
    telling = []
    for table in sorted(every - HARMLESS_SYSTEM_TABLES):
        response = reader.post("/", params=own, content=f"select count() from system.{table}".encode())
        telling.extend([table] if response.status_code == 200 and response.text != "0\n" else [])
    assert telling == []
    assert set(HIDDEN_SYSTEM_TABLES) <= every


def test_a_reader_sees_nobody_elses_queries(reader: httpx.Client, writer: httpx.Client, own: dict[str, str]):
    done = threading.Thread(target=ask, args=(writer, "select sleep(1), 'a stranger'"))
    done.start()
    assert "stranger" not in ask(reader, "select * from system.processes", **own)
    done.join()


def test_many_readers_at_once_each_see_their_own(reader: httpx.Client):
    expected = {OWN: OWN_ROWS, FOREIGN: FOREIGN_ROWS, uuid.uuid4(): 0}
    wrong: list[str] = []

    def count(organization: uuid.UUID, rows: int) -> None:
        for _ in range(20):
            answer = ask(reader, "select count() from requests", SQL_weir_organization_id=str(organization))
            wrong.extend([answer] if answer != str(rows) else [])

    threads = [threading.Thread(target=count, args=pair) for pair in list(expected.items()) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
