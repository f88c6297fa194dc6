"""A real embedded warehouse for tests: one server per test process, started once, with all tables.

from tests.engine import warehouse_server

def test_something(warehouse_server):
    client = connect_writer(warehouse_server.writer_url)
"""

import ctypes
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from warehouse.clickhouse import connect_writer, migrate
from warehouse.tables import TABLES

_PR_SET_PDEATHSIG = 1

READY_LINE = "listens on http://127.0.0.1:"

_shared: "list[WarehouseServer]" = []


@dataclass(frozen=True)
class WarehouseServer:
    """A running embedded warehouse."""

    process: subprocess.Popen[str]
    port: int
    writer_url: str
    reader_url: str
    data_dir: Path

    @property
    def url(self) -> str:
        """The address without user and database."""
        return f"http://127.0.0.1:{self.port}"

    def truncate(self) -> None:
        """Empties every table."""
        client = connect_writer(self.writer_url)
        for table in TABLES:
            client.command(f"truncate table {table.name} sync")
        client.close()

    def stop(self) -> None:
        """Stops the server and waits for it."""
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        finally:
            self.process.kill()
            if self.process.stdout:
                self.process.stdout.close()

    def kill(self) -> None:
        """Ends the server as a power cut would, but for the disk's cache."""
        self.process.kill()
        self.process.wait(timeout=30)
        if self.process.stdout:
            self.process.stdout.close()


def start_warehouse(data_dir: Path, *, migrated: bool = True, **settings: str) -> WarehouseServer:
    """Starts a server over the directory on a free port and waits until it answers; call it from the main thread."""
    writer, reader = secrets.token_hex(8), secrets.token_hex(8)
    environment = {
        **os.environ,
        "WEIR_DATA_DIR": str(data_dir),
        "WEIR_WAREHOUSE_PORT": "0",
        "WEIR_WAREHOUSE_URL": f"http://writer:{writer}@127.0.0.1/weir",
        "WEIR_WAREHOUSE_READER_URL": f"http://reader:{reader}@127.0.0.1/weir",
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "warehouse.embedded"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_die_with_the_tests,
    )
    assert process.stdout
    line = process.stdout.readline()
    if READY_LINE not in line:
        process.kill()
        process.wait()
        process.stdout.close()
        raise RuntimeError(f"the embedded warehouse did not start: {line!r}")
    port = int(line.rpartition(":")[2])
    server = WarehouseServer(
        process,
        port,
        f"http://writer:{writer}@127.0.0.1:{port}/weir",
        f"http://reader:{reader}@127.0.0.1:{port}/weir",
        data_dir,
    )
    if migrated:
        client = connect_writer(server.writer_url)
        migrate(client)
        client.close()
    return server


def _die_with_the_tests() -> None:
    """Asks Linux to end the server with the thread that started it, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@pytest.fixture(scope="session")
def warehouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarehouseServer]:
    """One server for all tests of this process; tests share its tables, so they use organizations of their own.

    Several conftest files may import this fixture: whoever comes first starts the server, and stops it in the end.
    """
    if _shared:
        yield _shared[0]
        return
    _shared.append(start_warehouse(tmp_path_factory.mktemp("warehouse")))
    yield _shared[0]
    _shared.pop().stop()
