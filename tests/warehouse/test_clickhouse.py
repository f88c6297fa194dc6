import socket
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow
import pytest
from clickhouse_connect.driver.client import Client

from tests.engine import WarehouseServer, warehouse_server
from warehouse.clickhouse import (
    QueryRefused,
    WarehouseUnavailable,
    append,
    connect_reader,
    connect_writer,
    reader_settings,
    warehouse_errors,
)

__all__ = ["warehouse_server"]

TEXT_MAP = pyarrow.map_(pyarrow.string(), pyarrow.string())
MOMENT = pyarrow.timestamp("us", "UTC")


def requests(day: date, segment: str, rows: int = 3, organization_id: uuid.UUID | None = None) -> pyarrow.Table:
    """Rows as the loader makes them: only columns that hold something."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return pyarrow.table(
        {
            "organization_id": [str(organization_id or uuid.uuid4())] * rows,
            "request_id": [str(uuid.uuid4()) for _ in range(rows)],
            "created_at": pyarrow.array([at] * rows, MOMENT),
            "loaded_at": pyarrow.array([at] * rows, MOMENT),
            "api_key_id": pyarrow.array([None] * rows, pyarrow.string()),
            "properties": pyarrow.array([[("team", "blue"), ("a", "")]] * rows, TEXT_MAP),
            "tool_names": [["search", "search"]] * rows,
            "status_code": pyarrow.array([None] * rows, pyarrow.uint16()),
            "request_model": ["m"] * rows,
            "input_tokens": pyarrow.array([1] * rows, pyarrow.uint64()),
            "cost_usd": pyarrow.array([Decimal("0.000000000001")] * rows, pyarrow.decimal128(18, 12)),
            "is_stream": [True] * rows,
            "segment": [segment] * rows,
        }
    )


@pytest.fixture
def writer(warehouse_server: WarehouseServer) -> Iterator[Client]:
    client = connect_writer(warehouse_server.writer_url)
    yield client
    client.close()


@pytest.fixture
def day() -> date:
    """A day of this test's own."""
    return date.fromordinal(date(2001, 1, 1).toordinal() + uuid.uuid4().int % 8000)


def parts(writer: Client, day: date, table: str = "requests") -> int:
    sql = "select count() from system.parts where active and table = {table:String} and partition = {day:String}"
    return int(writer.query(sql, parameters={"table": table, "day": day.isoformat()}).result_rows[0][0])


def test_what_is_appended_comes_back_as_it_was(writer: Client, day: date):
    append(writer, "requests", requests(day, "one", rows=1))
    (row,) = writer.query(
        "select properties, tool_names, status_code, cost_usd, is_stream, api_key_id, model, is_error, total_tokens"
        " from requests where segment = 'one' and toDate(created_at) = {day:Date}",
        parameters={"day": day},
    ).result_rows
    assert row == (
        {"team": "blue", "a": ""},
        ["search", "search"],
        None,
        Decimal("0.000000000001"),
        True,
        None,
        "m",
        True,
        None,
    )


def test_one_segment_is_one_part_however_many_chunks_it_came_in(writer: Client, day: date):
    chunks = [requests(day, "one", rows=20_000) for _ in range(4)]
    append(writer, "requests", pyarrow.concat_tables(chunks))
    assert parts(writer, day) == 1
    append(writer, "requests", requests(day, "two"))
    append(writer, "requests", requests(day, "two").slice(0, 0))
    assert parts(writer, day) <= 2
    held = "select groupUniqArray(segment) from requests where toDate(created_at) = {day:Date}"
    assert sorted(writer.query(held, parameters={"day": day}).result_rows[0][0]) == ["one", "two"]


def test_a_reader_sees_the_rows_of_the_organization_it_connects_for(
    writer: Client, warehouse_server: WarehouseServer, day: date
):
    own, other = uuid.uuid4(), uuid.uuid4()
    append(writer, "requests", requests(day, "own", 2, own))
    append(writer, "requests", requests(day, "other", 5, other))
    count = "select count() from requests"
    assert connect_reader(warehouse_server.reader_url, own).query(count).result_rows == [(2,)]
    assert connect_reader(warehouse_server.reader_url).query(count).result_rows == [(0,)]

    shared = connect_reader(warehouse_server.reader_url)
    for organization, rows in ((own, 2), (other, 5)):
        settings = reader_settings(organization) | {"max_result_rows": 100}
        assert shared.query(count, settings=settings).result_rows == [(rows,)]
    with pytest.raises(QueryRefused) as refused, warehouse_errors():
        shared.query(count, settings={"max_execution_time": 10_000})
    assert refused.value.code == 452


def test_what_is_refused_and_what_is_unreachable_are_told_apart(writer: Client, warehouse_server: WarehouseServer):
    with pytest.raises(QueryRefused) as refused, warehouse_errors():
        writer.query("select * from nowhere")
    assert refused.value.code == 60
    with pytest.raises(QueryRefused) as refused, warehouse_errors():
        writer.query("select sleep(3)", settings={"max_execution_time": 1})
    assert refused.value.code == 159

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(WarehouseUnavailable):
        connect_writer(f"http://writer:x@127.0.0.1:{port}/weir")
    with pytest.raises(QueryRefused) as refused:
        connect_writer(f"http://writer:wrong@127.0.0.1:{warehouse_server.port}/weir")
    assert refused.value.code == 516
