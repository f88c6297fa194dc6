"""An embedded warehouse of its own for the measurements: a process, a data directory, and what it costs."""

import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from clickhouse_connect.driver.client import Client

from warehouse.clickhouse import connect_writer, migrate

_TICKS = os.sysconf("SC_CLK_TCK")
_READY_LINE = "listens on http://127.0.0.1:"


@dataclass(frozen=True)
class Server:
    """A running embedded warehouse with all tables."""

    process: subprocess.Popen[str]
    writer_url: str
    reader_url: str

    def writer(self) -> Client:
        return connect_writer(self.writer_url)

    def peak_mb(self) -> float:
        """Most memory the server's process had, mapped program included."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

    def cpu_seconds(self) -> float:
        """User and system time of the server's process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:13]) / _TICKS

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_server(data_dir: Path) -> Server:
    """Starts a server over the directory, which it may have had before, and waits until it answers."""
    passwords = {user: secrets.token_hex(8) for user in ("writer", "reader")}
    environment = {
        **os.environ,
        "WEIR_DATA_DIR": str(data_dir),
        "WEIR_WAREHOUSE_PORT": "0",
        "WEIR_WAREHOUSE_URL": f"http://writer:{passwords['writer']}@127.0.0.1/weir",
        "WEIR_WAREHOUSE_READER_URL": f"http://reader:{passwords['reader']}@127.0.0.1/weir",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "warehouse.embedded"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    line = process.stdout.readline()
    if _READY_LINE not in line:
        process.kill()
        raise RuntimeError(f"the embedded warehouse did not start: {line!r}")
    port = int(line.rpartition(":")[2])
    writer, reader = (f"http://{user}:{password}@127.0.0.1:{port}/weir" for user, password in passwords.items())
    server = Server(process, writer, reader)
    client = server.writer()
    migrate(client)
    client.close()
    return server
