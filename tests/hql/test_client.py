"""The client against an api that answers as ours does."""

import io
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import httpx
import polars as pl
import pytest

import hql
from hql import client
from hql.client import HqlError, Warehouse

FACTS = {
    "Weir-Row-Count": "2",
    "Weir-Truncated": "true",
    "Weir-Elapsed-Ms": "12.5",
    "Weir-Read-Rows": "1000",
    "Weir-Read-Bytes": "5000",
    "Weir-Cache": "hit",
    "Weir-Cache-Age": "180",
    "Weir-Query-Id": "abc",
}


def answering(handler: Callable[[httpx.Request], httpx.Response]) -> Warehouse:
    return Warehouse("http://api/", "sk-weir-key", transport=httpx.MockTransport(handler))


def arrow(frame: pl.DataFrame) -> bytes:
    sink = io.BytesIO()
    frame.write_ipc_stream(sink)
    return sink.getvalue()


def test_a_query_gives_a_frame_and_its_facts():
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=arrow(pl.DataFrame({"n": [1, 2]})), headers=FACTS)

    with answering(handler) as warehouse:
        frame = warehouse.sql("select {days:UInt8}", days=7, day=date(2026, 1, 2), fresh=True, limit=2)
        assert warehouse.last is not None
    assert frame.to_dict(as_series=False) == {"n": [1, 2]}
    assert str(warehouse.last) == "2 rows, more were cut off · cache hit, 180 s old"
    (request,) = asked
    assert request.url == "http://api/v1/hql"
    assert request.headers["Authorization"] == "Bearer sk-weir-key"
    assert json.loads(request.content) == {
        "sql": "select {days:UInt8}",
        "format": "arrow",
        "fresh": True,
        "remember": True,
        "limit": 2,
        "parameters": {"days": 7, "day": "2026-01-02"},
    }


def test_an_error_shows_the_place_with_a_caret():
    problem = {
        "code": "unknown_column",
        "message": "unknown column `modl`",
        "hint": "did you mean `model`?",
        "line": 2,
        "column": 8,
    }
    warehouse = answering(lambda request: httpx.Response(400, json={"error": problem}))
    with pytest.raises(HqlError) as caught:
        warehouse.sql("-- by model\nselect modl from requests")
    assert str(caught.value).split("\n") == [
        "unknown column `modl`",
        "",
        "  select modl from requests",
        "         ^",
        "",
        "hint: did you mean `model`?",
    ]
    assert (caught.value.code, caught.value.status) == ("unknown_column", 400)


def test_an_answer_that_is_not_the_apis_is_an_error_too():
    warehouse = answering(lambda request: httpx.Response(502, text="bad gateway"))
    with pytest.raises(HqlError, match="status 502"):
        warehouse.sql("select 1")


def test_an_api_that_is_down_is_named():
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(HqlError, match="the api at http://api does not answer"):
        answering(down).sql("select 1")


def test_whatever_else_answers_there_is_told_apart_from_a_missing_query():
    with (
        answering(lambda _: httpx.Response(404, json={"error": {"message": "no such path"}})) as warehouse,
        pytest.raises(HqlError, match="what answers at http://api is not Weir's api\n\nhint: its usual address"),
    ):
        warehouse.sql("select 1")


def test_tables_and_columns_are_described():
    schema = {
        "tables": [
            {
                "name": "requests",
                "grain": "one call",
                "alias_of": None,
                "columns": [{"name": "model", "type": "String", "unit": None, "meaning": "M.", "examples": ["'x'"]}],
            }
        ]
    }
    warehouse = answering(lambda request: httpx.Response(200, json=schema))
    assert warehouse.tables().row(0) == ("requests", "one call", 1, None)
    assert warehouse.describe("requests").row(0) == ("model", "String", None, "M.", "'x'")
    with pytest.raises(HqlError, match="unknown table `nothing`"):
        warehouse.describe("nothing")


def test_a_body_is_its_exact_bytes():
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/requests/123/body/response"
        return httpx.Response(200, content=b"\xff\x00body")

    assert answering(handler).body("123", "response") == b"\xff\x00body"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("WEIR_API_URL", raising=False)
    monkeypatch.delenv("WEIR_API_KEY", raising=False)
    monkeypatch.setattr(client, "CREDENTIALS", tmp_path / "credentials")
    return tmp_path / "credentials"


def test_arguments_come_before_the_environment_and_that_before_the_file(bare: Path, monkeypatch: pytest.MonkeyPatch):
    bare.write_text("# ours\napi_url = http://file:1\nWEIR_API_KEY = 'from-the-file'\n")
    assert hql.connect().url == "http://file:1"
    monkeypatch.setenv("WEIR_API_URL", "http://environment:1")
    assert hql.connect().url == "http://environment:1"
    assert hql.connect("http://argument:1/").url == "http://argument:1"


def test_without_a_key_it_says_where_to_put_one(bare: Path):
    with pytest.raises(HqlError, match="WEIR_API_KEY"):
        hql.connect()


def test_importing_hql_loads_the_client_alone_and_only_when_it_is_asked_for():
    program = (
        "import sys, hql\n"
        "assert 'polars' not in sys.modules and 'hql.client' not in sys.modules\n"
        "hql.connect\n"
        "heavy = {'sqlglot', 'pyarrow', 'clickhouse_connect', 'warehouse', 'hql.compile', 'hql.serving', 'IPython'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_unknown_names_of_the_package_are_errors():
    with pytest.raises(AttributeError):
        hql.nothing  # noqa: B018
    assert "connect" in dir(hql)


def test_what_a_query_would_read_is_a_frame():
    def handler(request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content) == {"sql": "select {day:Date}", "parameters": {"day": "2026-01-02"}}
        estimate = {"table": "requests", "rows": 300, "parts": 14, "granules": 15}
        return httpx.Response(200, json={"rows": 300, "tables": [estimate]})

    with answering(handler) as warehouse:
        assert warehouse.explain("select {day:Date}", day=date(2026, 1, 2))["granules"].to_list() == [15]


def test_a_saved_query_is_run_by_its_name_with_its_defaults():
    parameters = {"days": {"type": "UInt8", "default": 7}, "model": {"type": "String", "default": None}}
    query = {"name": "cost", "sql": "select 1", "description": "", "parameters": parameters, "updated_by": "ada"}
    asked: list[dict[str, object]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"queries": [query]})
        asked.append(json.loads(request.content)["parameters"])
        return httpx.Response(200, content=arrow(pl.DataFrame({"n": [1]})), headers=FACTS)

    with answering(handler) as warehouse:
        assert warehouse.saved()["parameters"].to_list() == ["days:UInt8, model:String"]
        warehouse.run("cost", model="gpt-5")
        with pytest.raises(HqlError, match="saved: cost"):
            warehouse.run("costs")
    assert asked == [{"days": 7, "model": "gpt-5"}]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What Ctrl-C does in Python and in a notebook's kernel, whatever tests before this one have left behind."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_hangs_up_so_that_the_api_cancels_the_query():
    left = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_nothing() -> None:
            connection, _ = listener.accept()
            with connection:
                while b"select sleep" not in connection.recv(65536):
                    pass
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
                # Ends when the other side hangs up.
                while connection.recv(65536):
                    pass
                left.set()

        server = threading.Thread(target=answer_nothing, daemon=True)
        server.start()
        warehouse = Warehouse(f"http://127.0.0.1:{listener.getsockname()[1]}", "sk-weir-key")
        with pytest.raises(KeyboardInterrupt):
            warehouse.sql("select sleep(3)")
        assert left.wait(10)
        server.join()
        warehouse.close()
