"""PEP 249 over an api that answers as ours does, and over pandas."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import httpx
import pandas as pd
import polars as pl
import pytest

from hql import dbapi
from hql.client import Warehouse
from hql.dbapi import Connection

FRAME = pl.DataFrame({"model": ["gpt-5", None, "o4"], "usd": [Decimal("0.5"), Decimal("1.25"), None], "n": [1, 2, 3]})


def connected(handler: Callable[[httpx.Request], httpx.Response]) -> Connection:
    return Connection(Warehouse("http://api/", "sk-weir-key", transport=httpx.MockTransport(handler)))


class Api:
    """Answers with a frame and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        self.headers = {"Weir-Row-Count": "3"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.content))
        sink = io.BytesIO()
        FRAME.write_ipc_stream(sink)
        return httpx.Response(200, content=sink.getvalue(), headers=self.headers)


@pytest.fixture
def api() -> Api:
    return Api()


def test_rows_are_fetched_one_by_one_in_some_and_all(api: Api):
    with connected(api) as connection, connection.cursor() as cursor:
        cursor.execute("select 1")
        assert cursor.rowcount == 3
        assert cursor.fetchone() == ("gpt-5", Decimal("0.5"), 1)
        assert cursor.fetchmany() == [(None, Decimal("1.25"), 2)]
        assert cursor.fetchall() == [("o4", None, 3)]
        assert cursor.fetchone() is None
        assert cursor.fetchmany(5) == cursor.fetchall() == []
        assert [row[2] for row in cursor.execute("select 1")] == [1, 2, 3]
    assert api.asked[0]["limit"] == dbapi.MOST_ROWS


def test_the_description_tells_names_and_kinds(api: Api):
    cursor = connected(api).cursor()
    assert cursor.description is None
    cursor.execute("select 1")
    assert [(column[0], len(column)) for column in cursor.description or []] == [("model", 7), ("usd", 7), ("n", 7)]
    model, usd, number = [column[1] for column in cursor.description or []]
    assert model == dbapi.STRING
    assert usd == dbapi.NUMBER == number
    assert model != dbapi.NUMBER
    assert usd != dbapi.DATETIME


@pytest.mark.parametrize(
    ("value", "type"),
    [
        (7, "Int64"),
        (True, "Bool"),
        (2**63, "UInt64"),
        (0.5, "Float64"),
        (Decimal("0.5"), "Decimal(38, 12)"),
        ("it's", "String"),
        (date(2026, 1, 2), "Date32"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "DateTime64(6, 'UTC')"),
        (UUID(int=1), "UUID"),
        ([1, 2], "Array(Int64)"),
        ([], "Array(String)"),
        (None, "Nullable(String)"),
    ],
)
def test_values_travel_apart_with_types_of_their_own(api: Api, value: object, type: str):
    connected(api).cursor().execute("select %(x)s, '%(x)s', 7 %% 2 -- %(x)s", {"x": value})
    assert api.asked[0]["sql"] == f"select {{x:{type}}}, '%(x)s', 7 % 2 -- %(x)s"
    assert list(api.asked[0]["parameters"]) == ["x"]  # type: ignore[call-overload]


def test_a_moment_of_any_zone_travels_as_the_engine_reads_it(api: Api):
    moment = datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    connected(api).cursor().execute("select %(x)s", {"x": moment})
    assert api.asked[0]["parameters"] == {"x": "2026-01-02 01:00:00"}


def test_a_text_without_values_stays_as_it_is(api: Api):
    connected(api).cursor().execute("select 7 %% 2, '%(x)s'")
    assert api.asked[0]["sql"] == "select 7 %% 2, '%(x)s'"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "unknown_table", dbapi.ProgrammingError),
        (400, "invalid_parameter", dbapi.DataError),
        (422, "timeout", dbapi.OperationalError),
        (401, "unknown_key", dbapi.OperationalError),
        (503, "warehouse_unavailable", dbapi.OperationalError),
        (500, "internal_error", dbapi.InternalError),
    ],
)
def test_errors_are_of_the_kinds_that_tools_tell_apart(status: int, code: str, kind: type[Exception]):
    problem = {"code": code, "message": "no", "line": 1, "column": 8}
    connection = connected(lambda request: httpx.Response(status, json={"error": problem}))
    with pytest.raises(kind, match="no") as raised:
        connection.cursor().execute("select x")
    assert isinstance(raised.value, connection.DatabaseError)
    assert "       ^" in str(raised.value)


def test_what_cannot_be_done_is_refused(api: Api, monkeypatch, tmp_path):
    connection = connected(api)
    cursor = connection.cursor()
    with pytest.raises(dbapi.InterfaceError, match="execute a query"):
        cursor.fetchone()
    with pytest.raises(dbapi.NotSupportedError):
        cursor.executemany("select 1", [])
    with pytest.raises(dbapi.ProgrammingError, match="`x`"):
        cursor.execute("select %(x)s", {"y": 1})
    with pytest.raises(dbapi.InterfaceError, match="named"):
        cursor.execute("select %s", [1])  # type: ignore[arg-type]
    with pytest.raises(dbapi.DataError):
        cursor.execute("select %(x)s", {"x": object()})
    api.headers["Weir-Truncated"] = "true"
    with pytest.raises(dbapi.OperationalError, match="LIMIT"):
        cursor.execute("select 1")
    connection.close()
    connection.close()
    with pytest.raises(connection.InterfaceError, match="closed"):
        connection.cursor()
    monkeypatch.delenv("WEIR_API_KEY", raising=False)
    monkeypatch.setattr("hql.client.CREDENTIALS", tmp_path / "none")
    with pytest.raises(dbapi.InterfaceError, match="no API key"):
        dbapi.connect()


def test_pandas_reads_through_it(api: Api):
    with pytest.warns(UserWarning, match="pandas only supports"):
        frame = pd.read_sql("select * from x where day > %(day)s", connected(api), params={"day": date(2026, 1, 2)})
    assert list(frame.columns) == ["model", "usd", "n"]
    assert frame["n"].sum() == 6
    assert api.asked[0]["parameters"] == {"day": "2026-01-02"}


def test_it_loads_the_client_and_nothing_of_the_api():
    code = (
        "import sys, hql.dbapi; print([m for m in ('sqlglot', 'pandas', 'warehouse', 'control') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
