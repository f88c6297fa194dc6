"""The server as a process: what it needs to start, what it survives, and what it leaves behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.engine import WarehouseServer, start_warehouse
from tests.warehouse.embedded.conftest import ask, http_client

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
    batch, acknowledged, enough = 1000, [], threading.Event()
    with http_client(server.writer_url) as client:
        client.post("/", content=b"create database weir").raise_for_status()
        ask(client, "create table kept (batch UInt64, row UInt64) engine = MergeTree order by batch")

    def insert(first: int) -> None:
        with http_client(server.writer_url) as client:
            for number in range(first, 1_000_000, 4):
                rows = b"".join(b"%d\t%d\n" % (number, row) for row in range(batch))
                try:
                    client.post("/", params={"query": "insert into weir.kept format TSV"}, content=rows)
                except httpx.TransportError:
                    return
                acknowledged.append(number)
                if len(acknowledged) >= 100:
                    enough.set()

    threads = [threading.Thread(target=insert, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    server.kill()
    for thread in threads:
        thread.join()

    again = start_warehouse(tmp_path, migrated=False)
    with http_client(again.writer_url) as client:
        counts = dict(
            line.split("\t") for line in ask(client, "select batch, count() from kept group by batch").splitlines()
        )
    again.stop()
    assert {str(number) for number in acknowledged} <= set(counts)
    assert set(counts.values()) == {str(batch)}, "a batch is there wholly or not at all"
