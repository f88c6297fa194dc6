import asyncio
import collections
import json
import threading
import time
from collections.abc import Callable

import httpx
import pyarrow.ipc
import pytest

from tests.engine import WarehouseServer
from tests.warehouse.embedded.conftest import ask, http_client, refused

LATE_ERROR = "select throwIf(number = 1500000) from numbers(20000000)"


def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def memory_bytes(server: WarehouseServer) -> int:
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        (line,) = (line for line in status if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


def running(writer: httpx.Client, words: str) -> int:
    sql = f"select count() from system.processes where query like '%{words}%' and query not like '%system.processes%'"
    return int(ask(writer, sql))


def test_rows_arrive_before_the_query_ends(writer: httpx.Client):
    sql = b"select number, repeat('x', 1000) from system.numbers"
    with writer.stream("POST", "/", content=sql) as response:
        assert next(response.iter_raw()).startswith(b"0\txxx")
        assert int(json.loads(response.headers["X-ClickHouse-Summary"])["read_rows"]) > 0


def test_a_result_far_larger_than_memory_may_hold_is_sent_in_pieces(
    writer: httpx.Client, warehouse_server: WarehouseServer
):
    before = memory_bytes(warehouse_server)
    received, most = 0, before
    sql = b"select repeat('x', 1000) from numbers(1000000)"
    with writer.stream("POST", "/", params={"wait_end_of_query": 1}, content=sql) as response:
        for number, piece in enumerate(response.iter_raw()):
            received += len(piece)
            if number % 500 == 0:
                most = max(most, memory_bytes(warehouse_server))
    assert received == 1_001_000_000
    # The engine itself takes a few hundred megabytes for any query; holding the answer would add a gigabyte to that.
    assert most - before < received * 3 // 4


@pytest.mark.parametrize("rows", [0, 1, 300_000])
def test_an_arrow_stream_of_many_blocks_is_one_stream(writer: httpx.Client, rows: int):
    sql = f"select number, toString(number) as text from numbers({rows}) format ArrowStream"
    table = pyarrow.ipc.open_stream(writer.post("/", content=sql.encode()).content).read_all()
    assert table.column_names == ["number", "text"]
    assert table["number"].to_pylist() == list(range(rows))


def test_an_error_after_rows_is_told_and_cannot_be_taken_for_the_end(writer: httpx.Client):
    received = bytearray()
    with writer.stream("POST", "/", content=LATE_ERROR.encode()) as response:
        assert response.status_code == 200
        tag = response.headers["X-ClickHouse-Exception-Tag"]
        pieces = response.iter_raw()
        with pytest.raises(httpx.RemoteProtocolError):
            collections.deque(map(received.extend, pieces), maxlen=0)
    _, _, told = bytes(received).partition(f"\r\n__exception__\r\n{tag}\r\n".encode())
    assert told.startswith(b"Code: 395. DB::Exception: Value passed to 'throwIf'")
    assert told.endswith(f" {tag}\r\n__exception__\r\n".encode())


def test_who_does_not_wait_for_the_end_gets_rows_as_they_are_made(writer: httpx.Client):
    sql = b"select number, throwIf(number = 20) from numbers(100) settings max_block_size = 1, max_threads = 1"
    assert writer.post("/", content=sql).status_code == 500
    with writer.stream("POST", "/", params={"wait_end_of_query": 0}, content=sql) as response:
        assert response.status_code == 200
        pieces = response.iter_raw()
        assert next(pieces).startswith(b"0\t0\n")
        with pytest.raises(httpx.RemoteProtocolError):
            collections.deque(pieces, maxlen=0)


@pytest.mark.parametrize("format", ["Native", "TSV", "JSON", "ArrowStream", "Parquet", "RowBinaryWithNames"])
def test_nothing_of_a_failed_query_reaches_the_next(warehouse_server: WarehouseServer, format: str):
    with http_client(warehouse_server.writer_url) as writer:
        for _ in range(5):
            try:
                response = writer.post("/", content=f"{LATE_ERROR} format {format}".encode())
            except httpx.RemoteProtocolError:
                pass
            else:
                assert response.status_code == 500
            assert ask(writer, "select 42 as answer") == "42"


def test_queries_run_side_by_side(warehouse_server: WarehouseServer):
    sql = "select sleepEachRow(0.1), 'side by side' from numbers(20) settings max_block_size = 1"

    def run() -> None:
        with http_client(warehouse_server.writer_url) as writer:
            ask(writer, sql)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    with http_client(warehouse_server.writer_url) as writer:
        assert eventually(lambda: running(writer, "side by side") == 4)
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    "sql",
    [
        "select sleepEachRow(0.1), 'abandoned' from numbers(600) settings max_block_size = 1 format Null",
        "select sleepEachRow(0.1), 'abandoned' from numbers(600) settings max_block_size = 1 format JSON",
        "select count(), 'abandoned' from system.zeros",
        "select number, 'abandoned' from system.numbers",
    ],
)
async def test_a_query_whose_client_leaves_is_stopped(
    writer: httpx.Client, warehouse_server: WarehouseServer, sql: str
):
    parts = httpx.URL(warehouse_server.writer_url)
    async with httpx.AsyncClient(base_url=warehouse_server.url, auth=(parts.username, parts.password)) as client:

        async def read() -> None:
            async with client.stream("POST", "/", content=sql.encode()) as response:
                async for _ in response.aiter_raw():
                    pass

        reading = asyncio.create_task(read())
        assert await asyncio.to_thread(eventually, lambda: running(writer, "abandoned") == 1)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await asyncio.to_thread(eventually, lambda: running(writer, "abandoned") == 0)


def test_a_write_whose_client_leaves_is_completed(writer: httpx.Client, warehouse_server: WarehouseServer):
    ask(writer, "create table left_alone (a UInt64) engine = MergeTree order by a")
    sql = b"insert into weir.left_alone select number from numbers(30) where sleepEachRow(0.05) = 0"
    with http_client(warehouse_server.writer_url) as leaving, pytest.raises(httpx.ReadTimeout):
        leaving.post("/", content=sql, timeout=httpx.Timeout(10, read=0.2))
    assert eventually(lambda: ask(writer, "select count() from left_alone") == "30")


def test_an_insert_that_breaks_off_writes_nothing(writer: httpx.Client, warehouse_server: WarehouseServer):
    ask(writer, "create table broken_off (a UInt64) engine = MergeTree order by a")

    def body():
        yield b"1\n2\n" * 100_000
        raise ConnectionError("the client dies")

    with http_client(warehouse_server.writer_url) as dying, pytest.raises(ConnectionError):
        dying.post("/", params={"query": "insert into weir.broken_off format TSV"}, content=body())
    assert eventually(lambda: running(writer, "broken_off") == 0)
    assert ask(writer, "select count() from broken_off") == "0"


def test_kill_query_stops_a_query(writer: httpx.Client, warehouse_server: WarehouseServer):
    codes: list[int] = []

    def run() -> None:
        with http_client(warehouse_server.writer_url) as other:
            codes.append(refused(other, "select count(), 'to be killed' from system.zeros"))

    thread = threading.Thread(target=run)
    thread.start()
    assert eventually(lambda: running(writer, "to be killed") == 1)
    ask(writer, "kill query where query like '%to be killed%' and query not like '%kill query%'")
    thread.join()
    assert codes == [394]
