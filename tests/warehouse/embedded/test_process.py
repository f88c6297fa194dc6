"""The server as a process: what it needs to start, what it survives, and what it leaves behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import httpx
import pytest

from tests.engine import WarehouseServer, start_warehouse
from tests.warehouse.embedded.conftest import ask, http_client, refused
from tests.warehouse.embedded.test_streaming import eventually

URLS = {
    "WEIR_WAREHOUSE_URL": "http://writer:secret@127.0.0.1/weir",
    "WEIR_WAREHOUSE_READER_URL": "http://reader:secret@127.0.0.1/weir",
}


def start_and_fail(data_dir: Path, **environment: str) -> str:
    """Runs the server where it must not start; returns what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "warehouse.embedded"],
        env={**os.environ, "WEIR_DATA_DIR": str(data_dir), "WEIR_WAREHOUSE_PORT": "0", **URLS, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("WEIR_WAREHOUSE_URL", "http://writer@127.0.0.1/weir"),
        ("WEIR_WAREHOUSE_READER_URL", "http://127.0.0.1/weir"),
        ("WEIR_WAREHOUSE_READER_URL", ""),
    ],
)
def test_it_does_not_start_without_passwords(tmp_path: Path, variable: str, url: str):
    assert f"{variable} must hold a user and a password" in start_and_fail(tmp_path, **{variable: url})


def test_it_does_not_start_with_one_user_for_both(tmp_path: Path):
    assert "two users" in start_and_fail(tmp_path, WEIR_WAREHOUSE_READER_URL=URLS["WEIR_WAREHOUSE_URL"])


def test_a_busy_port_is_named_with_its_remedy(tmp_path: Path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        said = start_and_fail(tmp_path, WEIR_WAREHOUSE_PORT=str(port))
    assert f"port {port}" in said
    assert "WEIR_WAREHOUSE_PORT" in said


def test_a_second_process_on_the_same_data_is_told_who_has_them(warehouse_server: WarehouseServer):
    said = start_and_fail(warehouse_server.data_dir)
    assert f"process {warehouse_server.process.pid} serves" in said
    assert "WEIR_DATA_DIR" in said


def test_it_listens_on_loopback_only(warehouse_server: WarehouseServer):
    with open(f"/proc/{warehouse_server.process.pid}/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    port = f"{warehouse_server.port:04X}"
    listening = [local for _, local, _, state, *_ in rows if state == "0A" and local.endswith(f":{port}")]
    assert listening == [f"0100007F:{port}"]


def test_its_files_are_readable_by_their_owner_only(warehouse_server: WarehouseServer):
    directory = warehouse_server.data_dir / "warehouse"
    assert directory.stat().st_mode & 0o077 == 0
    for name in ("engine.xml", "users.xml"):
        assert (directory / name).stat().st_mode & 0o077 == 0
        assert "secret" not in (directory / name).read_text()


def test_a_stop_signal_ends_it_even_while_a_query_runs(tmp_path: Path):
    server = start_warehouse(tmp_path, migrated=False)
    with (
        http_client(server.writer_url) as client,
        client.stream("POST", "/", content=b"select number from system.numbers") as response,
    ):
        next(response.iter_raw())
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=30)
    server.stop()
    assert not (server.process.returncode or 0) > 0


def test_kill_9_amid_inserts_loses_nothing_that_was_acknowledged(tmp_path: Path):
    server = start_warehouse(tmp_path, migrated=False)
    with http_client(server.writer_url) as client:
        client.post("/", content=b"create database weir").raise_for_status()
        ask(client, "create table kept (batch UInt64, row UInt64) engine = MergeTree order by batch")
    batch, acknowledged = 1000, set[str]()
    for kill in range(3):
        acknowledged |= insert_until_killed(server, first=kill * 1_000_000, batch=batch)
        server = start_warehouse(tmp_path, migrated=False)
        with http_client(server.writer_url) as client:
            rows = ask(client, "select batch, count() from kept group by batch").splitlines()
        counts = dict(row.split("\t") for row in rows)
        assert acknowledged <= set(counts)
        assert set(counts.values()) == {str(batch)}, "a batch is there wholly or not at all"
    server.stop()


def insert_until_killed(server: WarehouseServer, first: int, batch: int) -> set[str]:
    """Kills the server in the middle of four clients' inserts; returns the batches it acknowledged."""
    acknowledged: list[int] = []
    enough = threading.Event()

    def insert(first: int) -> None:
        with http_client(server.writer_url) as client:
            for number in range(first, first + 1_000_000, 4):
                rows = b"".join(b"%d\t%d\n" % (number, row) for row in range(batch))
                try:
                    client.post("/", params={"query": "insert into weir.kept format TSV"}, content=rows)
                except httpx.TransportError:
                    return
                acknowledged.append(number)
                if len(acknowledged) >= 40:
                    enough.set()

    threads = [threading.Thread(target=insert, args=(first + offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    server.kill()
    for thread in threads:
        thread.join()
    return {str(number) for number in acknowledged}


def test_what_was_deleted_leaves_the_disk_within_seconds(tmp_path: Path):
    server = start_warehouse(tmp_path, migrated=False)
    canary = "canary" + uuid.uuid4().hex

    def on_disk() -> bool:
        files = (path for path in (tmp_path / "warehouse").rglob("*") if path.is_file())
        return any(canary.encode() in content for content in map(read_if_there, files))

    def write_canary(table: str) -> None:
        ask(client, f"insert into {table} (day, text) format TSV\n2026-11-01\t{canary}\n")
        assert on_disk()

    with http_client(server.writer_url) as client:
        client.post("/", content=b"create database weir").raise_for_status()
        for table in ("kept", "replacing", "dropped"):
            columns = "day Date, text String codec(NONE)"
            ask(client, f"create table {table} ({columns}) engine = MergeTree partition by day order by day")
        ask(client, "insert into replacing values ('2026-11-01', 'other')")
        for statement in (
            "alter table kept drop partition '2026-11-01'",
            "alter table kept replace partition '2026-11-01' from replacing",
            "truncate table kept",
        ):
            write_canary("kept")
            ask(client, statement)
            assert eventually(lambda: not on_disk()), statement
        write_canary("dropped")
        ask(client, "drop table dropped")
        assert eventually(lambda: not on_disk())
    server.stop()


def read_if_there(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_a_disk_without_room_is_told_and_the_server_stays_well(tmp_path: Path):
    server = start_warehouse(tmp_path, migrated=False, WEIR_WAREHOUSE_KEEP_FREE_BYTES=str(1 << 60))
    with http_client(server.writer_url) as client:
        client.post("/", content=b"create database weir").raise_for_status()
        ask(client, "create table full (a UInt64) engine = MergeTree order by a")
        for _ in range(3):
            assert refused(client, "insert into full values (1)") == 243
            assert refused(client, "insert into full select number from numbers(100000)") == 243
            assert ask(client, "select count() from full") == "0"
    server.stop()
    again = start_warehouse(tmp_path, migrated=False)
    with http_client(again.writer_url) as client:
        ask(client, "insert into full values (1)")
        assert ask(client, "select count() from full") == "1"
    again.stop()
