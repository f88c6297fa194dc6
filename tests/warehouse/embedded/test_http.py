import asyncio
import gzip
import json
import socket
import uuid
import zlib

import httpx
import lz4.frame
import pytest
import zstandard

from tests.engine import WarehouseServer
from tests.warehouse.embedded.conftest import ask, refused


@pytest.fixture
def table(writer: httpx.Client) -> str:
    name = f"t_{uuid.uuid4().hex}"
    ask(writer, f"create table {name} (a UInt32, b String) engine = MergeTree order by a")
    return name


def test_it_is_alive_and_ready(warehouse_server: WarehouseServer):
    for path in ("/ping", "/readyz", "/", "/replicas_status"):
        assert httpx.get(warehouse_server.url + path).text == "Ok.\n"
    assert httpx.get(warehouse_server.url + "/nowhere").status_code == 404


@pytest.mark.parametrize("way", ["basic", "headers", "url"])
def test_a_user_may_tell_who_it_is_in_three_ways(warehouse_server: WarehouseServer, writer: httpx.Client, way: str):
    parts = httpx.URL(warehouse_server.writer_url)
    sent = {
        "basic": {"auth": (parts.username, parts.password)},
        "headers": {"headers": {"X-ClickHouse-User": parts.username, "X-ClickHouse-Key": parts.password}},
        "url": {"params": {"user": parts.username, "password": parts.password}},
    }[way]
    assert httpx.post(warehouse_server.url, content=b"select 1", **sent).text == "1\n"  # type: ignore[arg-type]


@pytest.mark.parametrize(("user", "password"), [("writer", "wrong"), ("writer", ""), ("", ""), ("nobody", "x")])
def test_a_wrong_password_is_refused(warehouse_server: WarehouseServer, user: str, password: str):
    response = httpx.post(warehouse_server.url, content=b"select 1", auth=(user, password))
    assert (response.status_code, response.headers["X-ClickHouse-Exception-Code"]) == (403, "516")


@pytest.mark.parametrize("place", ["line", "header", "trailer", "trailers"])
def test_a_head_or_trailers_that_do_not_end_are_cut_off(warehouse_server: WarehouseServer, place: str):
    head = b"POST /?query=select+1 HTTP/1.1\r\nhost: x\r\n"
    flood = {
        "line": b"GET /" + b"a" * 10_000_000,
        "header": head + b"x: " + b"a" * 10_000_000,
        "trailer": head + b"transfer-encoding: chunked\r\n\r\n0\r\nx: " + b"a" * 10_000_000,
        "trailers": head + b"transfer-encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * 2_000_000,
    }[place]
    address = ("127.0.0.1", warehouse_server.port)
    with pytest.raises(ConnectionError), socket.create_connection(address, timeout=10) as connection:
        connection.sendall(flood)


def test_parameters_may_fill_a_long_address(writer: httpx.Client):
    assert ask(writer, "select length({text:String})", param_text="a" * 40_000) == "40000"


def test_an_answer_says_what_it_is(writer: httpx.Client):
    response = writer.post("/", params={"query_id": "my-query"}, content=b"select number from numbers(10)")
    assert response.headers["X-ClickHouse-Server-Display-Name"] == "weir"
    assert response.headers["X-ClickHouse-Format"] == "TabSeparated"
    assert response.headers["X-ClickHouse-Timezone"] == "UTC"
    assert response.headers["X-ClickHouse-Query-Id"] == "my-query"
    assert json.loads(response.headers["X-ClickHouse-Summary"])["read_rows"] == "10"


def test_time_is_utc_whatever_the_machine_says(writer: httpx.Client):
    assert ask(writer, "select timezone(), toTypeName(now())") == "UTC\tDateTime"


@pytest.mark.parametrize(
    ("sql", "status", "code", "words"),
    [
        ("selec 1", 400, 62, "position 1"),
        ("select 1 +", 400, 62, "end of query"),
        ("select nope", 404, 47, "nope"),
        ("select * from nope", 404, 60, "nope"),
        ("select nope(1)", 404, 46, "nope"),
        ("select throwIf(1)", 500, 395, "throwIf"),
        ("select 1 settings nope = 1", 404, 115, "nope"),
        ("select 1; select 2", 400, 62, "Multi-statements"),
        ("", 400, 62, "empty"),
    ],
)
def test_an_error_has_a_code_a_text_and_a_position(writer: httpx.Client, sql: str, status: int, code: int, words: str):
    response = writer.post("/", content=sql.encode())
    assert (response.status_code, response.headers["X-ClickHouse-Exception-Code"]) == (status, str(code))
    assert response.text.startswith(f"Code: {code}. DB::Exception:")
    assert words in response.text
    assert response.text.count(f"Code: {code}.") == 1


def test_parameters_are_bound_and_never_pasted(writer: httpx.Client):
    query = (
        "select {text:String}, {list:Array(UInt8)}, {nothing:Nullable(String)} is null, {column:Identifier}"
        " from numbers(1)"
    )
    values = {"text": "a' or 1 -- ", "list": "[1,2]", "nothing": "\\N", "column": "number"}
    answer = ask(writer, query, **{f"param_{name}": value for name, value in values.items()})
    assert answer == "a\\' or 1 -- \t[1,2]\t1\t0"
    assert refused(writer, "select {missing:String}") == 456


def test_settings_of_the_url_hold_for_their_query_only(writer: httpx.Client):
    assert ask(writer, "select getSetting('max_threads')", max_threads=3) == "3"
    assert ask(writer, "select getSetting('max_threads')") != "3"
    assert refused(writer, "select 1", no_such_setting=1) == 115
    assert refused(writer, "select 1", **{"max_threads = 1, readonly": 0}) == 115


def test_the_writers_queries_have_limits_too(writer: httpx.Client):
    assert int(float(ask(writer, "select getSetting('max_execution_time')"))) > 0
    assert int(ask(writer, "select getSetting('max_memory_usage')")) > 0
    assert refused(writer, "select 1", max_execution_time=0) == 452
    assert refused(writer, "select 1", max_memory_usage=1 << 50) == 452
    assert refused(writer, "select count() from system.zeros", max_execution_time=1) == 159
    assert refused(writer, "select length(groupArray(number)) from numbers(100000000)", max_memory_usage=10**8) == 241


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("TSV", b"0\n1\n2\n"),
        ("CSVWithNames", b'"number"\n0\n1\n2\n'),
        ("JSONEachRow", b'{"number":0}\n{"number":1}\n{"number":2}\n'),
        ("JSONCompactEachRowWithNames", b'["number"]\n[0]\n[1]\n[2]\n'),
        ("Values", b"(0),(1),(2)"),
    ],
)
def test_a_result_comes_in_the_format_asked_for(writer: httpx.Client, format: str, expected: bytes):
    sql = b"select number from numbers(3)"
    assert writer.post("/", content=sql + b" format " + format.encode()).content == expected
    assert writer.post("/", params={"default_format": format}, content=sql).content == expected
    assert writer.post("/", headers={"X-ClickHouse-Format": format}, content=sql).content == expected


@pytest.mark.parametrize(
    "verb", ["show databases", "describe table system.one", "explain select 1", "exists system.one"]
)
def test_statements_that_are_no_select_answer_as_well(writer: httpx.Client, verb: str):
    assert ask(writer, verb)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "lz4"])
@pytest.mark.parametrize("rows", [1, 200_000])
def test_an_answer_is_compressed_if_asked(writer: httpx.Client, encoding: str, rows: int):
    sql = f"select number from numbers({rows})".encode()
    headers = {"Accept-Encoding": encoding}
    plain = writer.post("/", headers=headers, content=sql)
    assert "Content-Encoding" not in plain.headers
    with writer.stream("POST", "/", params={"enable_http_compression": 1}, headers=headers, content=sql) as response:
        assert response.headers["Content-Encoding"] == encoding
        packed = b"".join(response.iter_raw())
    undo = {
        "gzip": gzip.decompress,
        "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
        "lz4": lz4.frame.decompress,
        "deflate": zlib.decompress,
    }[encoding]
    assert undo(packed) == plain.content


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "lz4"])
def test_a_body_may_be_compressed_even_in_several_frames(writer: httpx.Client, table: str, encoding: str):
    pack = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress, "lz4": lz4.frame.compress}[encoding]
    body = pack(b"1\ta\n") + pack(b"2\tb\n")
    query = {"database": "weir", "query": f"insert into {table} format TSV"}
    response = writer.post("/", params=query, headers={"Content-Encoding": encoding}, content=body)
    assert response.status_code == 200, response.text
    assert json.loads(response.headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    assert ask(writer, f"select groupArray(b) from {table}") == "['a','b']"

    torn = writer.post("/", params=query, headers={"Content-Encoding": encoding}, content=body[:-6])
    assert torn.headers["X-ClickHouse-Exception-Code"] == "271"
    assert ask(writer, f"select count() from {table}") == "2"


@pytest.mark.parametrize(
    ("statement", "data"),
    [
        ("values", b" (1, 'a;b'), (2, 'c');"),
        ("(a, b) format CSV", b'1,"a;b"\n2,c\n'),
        ("format JSONEachRow", b'{"a":1,"b":"a;b"}{"a":2,"b":"c"}'),
        ("settings max_threads = 1 format TSV", b"1\ta;b\n2\tc\n"),
    ],
)
@pytest.mark.parametrize("place", ["body", "url"])
def test_inserts_keep_their_data_byte_for_byte(
    writer: httpx.Client, table: str, statement: str, data: bytes, place: str
):
    insert = f"insert into {table} {statement}"
    if place == "body":
        response = writer.post("/", params={"database": "weir"}, content=insert.encode() + b"\n" + data)
    else:
        response = writer.post("/", params={"database": "weir", "query": insert}, content=data)
    assert response.status_code == 200, response.text
    assert ask(writer, f"select groupArray(b) from {table}") == "['a;b','c']"


def test_a_large_insert_is_streamed_and_becomes_one_part(writer: httpx.Client, table: str):
    rows = 300_000
    body = b"".join(b"%d\tword number %d\n" % (number, number) for number in range(rows))
    query = {"database": "weir", "query": f"insert into {table} format TSV"}
    assert writer.post("/", params=query, content=body).status_code == 200
    assert ask(writer, f"select count(), uniqExact(a), countIf(b = 'word number ' || a) from {table}") == (
        f"{rows}\t{rows}\t{rows}"
    )
    assert ask(writer, f"select count() from system.parts where active and table = '{table}'") == "1"


def test_an_insert_that_cannot_be_read_writes_nothing(writer: httpx.Client, table: str):
    assert refused(writer, f"insert into {table} format TSV\n1\ta\nx\ty\n") == 27
    assert refused(writer, f"insert into {table} format Nonsense\n1") == 73
    assert refused(writer, "insert into nowhere values (1)") == 60
    assert ask(writer, f"select count() from {table}") == "0"


def test_an_insert_whose_write_fails_is_not_acknowledged(writer: httpx.Client):
    ask(writer, "create table checked (a UInt8, constraint small check a < 5) engine = MergeTree order by a")
    for format, data in (
        ("values", "(1), (9)"),
        ("format TSV\n", "1\n9\n"),
        ("settings max_threads = 1 format CSV\n", "9"),
    ):
        assert refused(writer, f"insert into checked {format} {data}".replace("\n ", "\n")) == 469
    assert ask(writer, "select count() from checked") == "0"


def test_a_file_sent_along_is_a_table_of_the_query(writer: httpx.Client):
    response = writer.post(
        "/",
        params={"query": "select sum(x) from given", "given_structure": "x UInt8", "given_format": "CSV"},
        files={"given": ("given.csv", b"1\n2\n39\n")},
    )
    assert response.text == "42\n"


def test_query_and_parameters_may_be_fields_of_a_form(writer: httpx.Client):
    fields = {"query": (None, "select {a:UInt8} + 1"), "param_a": (None, "41")}
    assert writer.post("/", files=fields).text == "42\n"


def test_get_reads_and_does_not_write(writer: httpx.Client, table: str):
    assert writer.get("/", params={"query": "select 1"}).text == "1\n"
    response = writer.get("/", params={"database": "weir", "query": f"drop table {table}"})
    assert response.headers["X-ClickHouse-Exception-Code"] == "164"


def test_a_session_keeps_its_tables_and_settings_and_nobody_else_sees_them(writer: httpx.Client):
    session = str(uuid.uuid4())
    ask(writer, "create temporary table kept (x UInt8)", session_id=session)
    ask(writer, "insert into kept values (7)", session_id=session)
    ask(writer, "set max_threads = 3", session_id=session)
    assert refused(writer, "select broken", session_id=session) == 47
    late = "select throwIf(number = 900000) from numbers(1000000) format RowBinaryWithNames"
    assert refused(writer, late, session_id=session) == 395
    assert ask(writer, "select x, getSetting('max_threads') from kept", session_id=session) == "7\t3"
    assert refused(writer, "select x from kept") == 60
    assert refused(writer, "select 1", session_id=str(uuid.uuid4()), session_check=1) == 372


def test_what_a_request_brings_along_is_gone_from_its_session_afterwards(writer: httpx.Client):
    session = str(uuid.uuid4())
    ask(writer, "set max_threads = 3", session_id=session)
    for path in ("first", "second"):
        response = writer.post(
            "/",
            params={
                "session_id": session, "database": "system", "max_threads": 5, "max_block_size": 100,
                "query": "select sum(x), getSetting('max_threads'), currentDatabase() from given",
                "given_structure": "x UInt8",
            },
            files={"given": (path, b"1\n2\n")},
        )  # fmt: skip
        assert response.text == "3\t5\tsystem\n"
    kept = "select getSetting('max_threads'), getSetting('max_block_size') = 100, currentDatabase()"
    assert writer.post("/", params={"session_id": session}, content=kept.encode()).text == "3\t0\tdefault\n"
    ask(writer, "use system", session_id=session)
    assert writer.post("/", params={"session_id": session}, content=kept.encode()).text == "3\t0\tsystem\n"


def test_a_with_may_lead_to_an_insert(writer: httpx.Client, table: str):
    assert ask(writer, f"with 7 as x insert into {table} (b) format TSV\na;\n") == ""
    assert ask(writer, f"with 7 as x insert into {table} select x, 'b'") == ""
    assert ask(writer, f"with {{a:UInt8}} as x insert into {table} (b) format TSV\nc\n", param_a=1) == ""
    assert ask(writer, f"select groupArray((a, b)) from (select * from {table} order by b)") == (
        "[(0,'a;'),(7,'b'),(0,'c')]"
    )


async def test_a_session_serves_one_request_at_a_time(warehouse_server: WarehouseServer):
    session = {"session_id": str(uuid.uuid4())}
    parts = httpx.URL(warehouse_server.writer_url)
    async with httpx.AsyncClient(base_url=warehouse_server.url, auth=(parts.username, parts.password)) as client:
        answers = await asyncio.gather(*(client.post("/", params=session, content=b"select sleep(0.5)") for _ in "ab"))
        assert sorted(answer.status_code for answer in answers) == [200, 500]
        locked = max(answers, key=lambda answer: answer.status_code)
        assert locked.headers["X-ClickHouse-Exception-Code"] == "373"
        assert (await client.post("/", params=session, content=b"select 1")).text == "1\n"
