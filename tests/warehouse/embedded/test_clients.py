"""clickhouse-connect, the client that everything of ours uses, against the server."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import polars
import pyarrow
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.external import ExternalData

from tests.engine import WarehouseServer

COMPRESSIONS = [False, "lz4", "zstd", "gzip"]


def arguments(server: WarehouseServer) -> dict[str, Any]:
    parts = urlsplit(server.writer_url)
    return {
        "host": parts.hostname,
        "port": parts.port,
        "username": parts.username,
        "password": parts.password,
        "database": "weir",
    }


@pytest.fixture(params=COMPRESSIONS)
def client(request: pytest.FixtureRequest, warehouse_server: WarehouseServer) -> Iterator[Client]:
    client = clickhouse_connect.get_client(**arguments(warehouse_server), compress=request.param)
    yield client
    client.close()


@pytest.fixture
def table(client: Client) -> str:
    name = f"t_{uuid.uuid4().hex}"
    client.command(
        f"create table {name} (id UUID, at DateTime64(6, 'UTC'), cost Nullable(Decimal(18, 12)), "
        "tags Map(LowCardinality(String), String), tools Array(LowCardinality(String)), ok Bool) "
        "engine = MergeTree order by id"
    )
    return name


ROW = (
    uuid.UUID(int=5),
    datetime(2026, 11, 3, 12, 30, 15, 250000),  # noqa: DTZ001 - the client returns times of UTC without a zone
    Decimal("0.000000000001"),
    {"team": "a\tb'c\\"},
    ["x", "y"],
    True,
)


def test_rows_go_in_and_come_back_as_they_were(client: Client, table: str):
    client.insert(table, [[*ROW[:1], ROW[1].replace(tzinfo=UTC), *ROW[2:]]])
    result = client.query(f"select * from {table}")
    assert result.result_rows == [ROW]
    assert int(result.summary["read_rows"]) == 1


def test_arrow_goes_in_and_comes_back(client: Client, table: str):
    frame = pyarrow.table(
        {
            "id": [str(ROW[0])],
            "at": pyarrow.array([ROW[1]], pyarrow.timestamp("us", "UTC")),
            "cost": pyarrow.array([ROW[2]], pyarrow.decimal128(18, 12)),
            "tags": pyarrow.array([list(ROW[3].items())], pyarrow.map_(pyarrow.string(), pyarrow.string())),
            "tools": [ROW[4]],
            "ok": [True],
        }
    )
    client.insert_arrow(table, frame)
    assert client.query(f"select * from {table}").result_rows == [ROW]
    assert client.query_arrow(f"select cost from {table}")["cost"].to_pylist() == [ROW[2]]
    tools: Any = client.query_df_arrow(f"select tools from {table}", dataframe_library="polars")
    assert tools.equals(polars.DataFrame({"tools": [["x", "y"]]}))


def test_large_results_and_streams_are_whole(client: Client):
    rows = 500_000
    sql = f"select number, toString(number) as text from numbers({rows})"
    assert client.query(sql).result_columns[0][-1] == rows - 1
    with client.query_row_block_stream(sql) as blocks:
        assert sum(len(block) for block in blocks) == rows
    with client.query_arrow_stream(sql) as tables:
        assert sum(table.num_rows for table in tables) == rows
    assert client.query_arrow(sql).num_rows == rows


def test_an_empty_result_has_its_columns(client: Client):
    assert client.query("select number as n from numbers(10) limit 0").column_names == ("n",)
    assert client.query("select number as n from numbers(0)").result_rows == []
    assert client.query_arrow("select number as n from numbers(0)").column_names == ["n"]


def test_parameters_settings_and_commands(client: Client):
    assert client.query("select {a:UInt8}, {b:String}", parameters={"a": 1, "b": "x"}).result_rows == [(1, "x")]
    assert client.query("select getSetting('max_threads')", settings={"max_threads": 3}).result_rows == [(3,)]
    assert client.command("select 1") == 1
    assert client.command("select 'a', 'b'") == ["a", "b"]
    assert client.ping()


def test_external_data_are_a_table_of_the_query(client: Client):
    given = ExternalData(file_name="given.csv", data=b"1\n2\n", fmt="CSV", structure="x UInt8")
    assert client.query("select sum(x) from given", external_data=given).result_rows == [(3,)]


def test_after_an_error_the_next_query_is_clean(client: Client):
    for sql in (
        "select throwIf(number = 0) from numbers(10)",
        "select throwIf(number = 1500000) from numbers(20000000)",
        "select * from nowhere",
    ):
        with pytest.raises(DatabaseError):
            client.query(sql)
        assert client.query("select 1 as one").result_rows == [(1,)]


def test_an_error_amid_a_stream_is_raised(client: Client):
    sql = "select throwIf(number = 1500000) from numbers(20000000)"
    with client.query_row_block_stream(sql) as blocks, pytest.raises(Exception, match="throwIf"):
        list(blocks)
    assert client.query("select 1 as one").result_rows == [(1,)]


def test_an_error_tells_code_and_text(client: Client):
    with pytest.raises(DatabaseError, match="Unknown table expression identifier 'nowhere'") as refused:
        client.query("select * from nowhere")
    assert refused.value.code == 60


async def test_the_async_client_works_as_well(warehouse_server: WarehouseServer):
    async with await clickhouse_connect.get_async_client(**arguments(warehouse_server)) as client:
        assert (await client.query("select number from numbers(100000)")).result_columns[0][-1] == 99_999
        await client.command("create table if not exists from_async (x UInt8) engine = Memory")
        await client.insert("from_async", [[1], [2]], column_names=["x"])
        assert (await client.query("select sum(x) from from_async")).result_rows == [(3,)]
        with pytest.raises(DatabaseError):
            await client.query("select nope")
        assert (await client.query("select 1")).result_rows == [(1,)]
        table = await client.query_arrow("select number as n from numbers(3)")
        assert table["n"].to_pylist() == [0, 1, 2]
