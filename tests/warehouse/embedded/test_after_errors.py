"""Whatever went wrong, the next query is answered as if nothing had been: errors of every kind, in random order."""

import hashlib
import random
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.engine import WarehouseServer
from tests.warehouse.embedded.conftest import http_client
from tests.warehouse.embedded.test_streaming import eventually, running

LATE = "select number, throwIf(number = 150000) from numbers(400000)"
KILLED = "select count(), 'fails by being killed' from system.zeros"


@dataclass(frozen=True)
class Wrong:
    """A request that must fail; `code` is what it fails with, None if the answer breaks off instead."""

    sql: str
    code: int | None
    parameters: dict[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


def late(format: str, code: int | None = 395, **parameters: Any) -> Wrong:
    return Wrong(f"{LATE} format {format}", code, {"max_threads": 1, "max_block_size": 5000, **parameters})


WRONG = [
    Wrong("selec 1", 62),
    Wrong("select 'never closed", 62),
    Wrong("select 1; drop table nowhere", 62),
    Wrong("select nope from numbers(3)", 47),
    Wrong("select * from nowhere", 60),
    Wrong("use nowhere", 81),
    Wrong("set nope = 1", 115),
    Wrong("select 1", 115, {"nope": 1}),
    Wrong("select {a:UInt8}", 457, {"param_a": "x"}),
    Wrong("select {a:UInt8}", 456),
    Wrong("select 1 format Nonsense", 73),
    Wrong("select 1 format Native", 36, {"client_protocol_version": 99_999}),
    Wrong("select throwIf(1)", 395),
    Wrong("select throwIf(1) format JSON", 395),
    Wrong("create table errors.there (a UInt8) engine = Memory", 81),
    Wrong("insert into nowhere values (1)", 60),
    Wrong("insert into errors_into format TSV\n1\nx\n", 27),
    Wrong("insert into errors_into format TSV", 271, {}, b"torn", {"Content-Encoding": "gzip"}),
    Wrong("insert into errors_into select throwIf(number = 5) from numbers(10)", 395),
    Wrong("insert into errors_into select number from numbers(10) where number / 0 = throwIf(1)", 395),
    Wrong("select length(groupArray(number)) from numbers(30000000)", 241, {"max_memory_usage": 50_000_000}),
    Wrong("select count() from system.zeros", 159, {"max_execution_time": 0.2}),
    Wrong("select number from numbers(100000)", 396, {"max_result_rows": 10, "max_block_size": 1000}),
    Wrong("select sum(number) from numbers(100000)", 158, {"max_rows_to_read": 10, "max_block_size": 1000}),
    late("TSV", None),
    late("Native", None),
    late("Native", None, client_protocol_version=54405),
    late("ArrowStream", None),
    late("RowBinary", None, enable_http_compression=1),
    late("JSON"),
    late("Parquet"),
    late("TSV", wait_end_of_query=1),
    late("TSV", None, wait_end_of_query=0),
]

KNOWN_ROWS = "select number, toString(number) as text from numbers(100000)"
KNOWN_DIGEST = hashlib.sha256(b"".join(b"%d\t%d\n" % (number, number) for number in range(100_000))).digest()


def go_wrong(client: httpx.Client, wrong: Wrong, session: dict[str, str]) -> None:
    parameters = {"database": "weir", **wrong.parameters, **session}
    headers = {"Accept-Encoding": "lz4", **wrong.headers}
    body = wrong.sql.encode() if wrong.body is None else wrong.body
    if wrong.body is not None:
        parameters["query"] = wrong.sql
    try:
        with client.stream("POST", "/", params=parameters, headers=headers, content=body) as response:
            for _ in response.iter_raw():
                pass
    except httpx.RemoteProtocolError:
        assert wrong.code is None, wrong
        return
    assert response.headers.get("X-ClickHouse-Exception-Code") == str(wrong.code), wrong


def leave(client: httpx.Client, session: dict[str, str]) -> None:
    with client.stream("POST", "/", params=session, content=b"select number, 'leaves' from system.numbers") as response:
        next(response.iter_raw())
    # A session that was left is busy until its query is stopped.
    assert eventually(lambda: client.post("/", params=session, content=b"select 1").status_code == 200)


def be_killed(client: httpx.Client, session: dict[str, str], other: httpx.Client) -> None:
    query_id = str(uuid.uuid4())
    answers: list[httpx.Response] = []

    def run() -> None:
        answers.append(client.post("/", params={"query_id": query_id, **session}, content=KILLED.encode()))

    thread = threading.Thread(target=run)
    thread.start()
    assert eventually(lambda: running(other, "fails by being killed") == 1)
    other.post("/", content=f"kill query where query_id = '{query_id}' sync".encode()).raise_for_status()
    thread.join()
    assert answers[0].headers["X-ClickHouse-Exception-Code"] == "394"


def check_known(client: httpx.Client, session: dict[str, str], draw: random.Random) -> None:
    number = draw.randrange(1_000_000)
    sql = "select 'known', {n:UInt32} as n, currentDatabase(), getSetting('max_result_rows') from numbers(2)"
    parameters = {"param_n": number, "database": "weir", **session}
    answer = client.post("/", params=parameters, content=sql.encode())
    assert answer.text == f"known\t{number}\tweir\t0\n" * 2
    native = client.post("/", params=session, content=b"select toUInt8(7) as x format Native").content
    assert native == b"\x01\x01\x01x\x05UInt8\x07"
    assert (
        hashlib.sha256(client.post("/", params=session, content=KNOWN_ROWS.encode()).content).digest() == KNOWN_DIGEST
    )
    assert (
        client.post("/", params={"database": "weir", **session}, content=b"select count() from errors_into").text
        == "0\n"
    )


@pytest.mark.parametrize("in_session", [False, True], ids=["alone", "in a session"])
@pytest.mark.parametrize("seed", [0])
def test_nothing_of_a_failed_query_reaches_the_next(warehouse_server: WarehouseServer, seed: int, in_session: bool):
    draw = random.Random(f"{seed} {in_session}")
    session = {"session_id": str(uuid.uuid4())} if in_session else {}
    with http_client(warehouse_server.writer_url) as client, http_client(warehouse_server.writer_url) as other:
        client.post("/", content=b"create table if not exists weir.errors_into (a UInt64) engine = Memory")
        steps: list[Callable[[], None]] = [
            *(lambda wrong=wrong: go_wrong(client, wrong, session) for wrong in WRONG),
            lambda: leave(client, session),
            lambda: be_killed(client, session, other),
        ]
        draw.shuffle(steps)
        for step in steps:
            step()
            if draw.random() < 0.7:
                check_known(client, session, draw)
