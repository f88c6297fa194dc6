"""What must be true before anything is started; each failure names the remedy."""

import fcntl
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from weir.settings import InstanceSettings

MIN_FREE_BYTES = 1 << 30


class NotReady(Exception):
    """The machine or the data directory is not fit for a start; the text says why and what helps."""


@dataclass(frozen=True)
class Port:
    """A port one of our processes will listen on, and the variable that moves it."""

    number: int
    variable: str
    host: str


def ports(settings: InstanceSettings, *, embedded: bool) -> list[Port]:
    """The ports `weir up` is going to use."""
    listening = [
        Port(settings.gateway_port, "WEIR_GATEWAY_PORT", settings.host),
        Port(settings.api_port, "WEIR_API_PORT", settings.host),
        Port(settings.app_port, "WEIR_APP_PORT", settings.host),
        Port(settings.dagster_port, "WEIR_DAGSTER_PORT", "127.0.0.1"),
        Port(settings.dagster_code_port, "WEIR_DAGSTER_CODE_PORT", "127.0.0.1"),
        Port(settings.upstream_port, "WEIR_UPSTREAM_PORT", "127.0.0.1"),
    ]
    if embedded:
        listening.append(Port(settings.warehouse_port, "WEIR_WAREHOUSE_PORT", "127.0.0.1"))
    return listening


def check_python() -> None:
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise NotReady(f"Python {sys.version.split()[0]} is not supported; use Python 3.11, 3.12 or 3.13")


def check_ports(wanted: list[Port]) -> None:
    """Raises NotReady naming every port that is taken."""
    taken = [port for port in wanted if not _is_free(port)]
    if taken:
        names = ", ".join(f"{port.number} ({port.variable})" for port in taken)
        raise NotReady(
            f"in use by another program: port {names}\n"
            f"  stop that program, or choose another port: {taken[0].variable}={_free_port_near(taken[0])} weir up"
        )


def check_disk(data_dir: Path, min_free_bytes: int = MIN_FREE_BYTES) -> None:
    """Raises NotReady if the data directory cannot be written or its disk is almost full."""
    probe = data_dir / ".writable"
    try:
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise NotReady(
            f"cannot write to {data_dir}: {error.strerror}\n  mend that, or set WEIR_DATA_DIR to another directory"
        ) from error
    free = shutil.disk_usage(data_dir).free
    if free < min_free_bytes:
        raise NotReady(
            f"only {free / 1e9:.1f} GB free for {data_dir}, {min_free_bytes / 1e9:.1f} GB are needed\n"
            "  free some space, or set WEIR_DATA_DIR to a directory on another disk"
        )


@contextmanager
def lock(data_dir: Path) -> Iterator[None]:
    """Holds the data directory for this process; raises NotReady if another one does."""
    with (data_dir / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise NotReady(
                f"Weir is already running on {data_dir} (process {file.read().strip() or 'unknown'})\n"
                "  use that one, stop it with Ctrl-C, or start a second instance with its own WEIR_DATA_DIR and ports"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _is_free(port: Port) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
        except OSError:
            return False
    return True


def _free_port_near(port: Port) -> int:
    for number in range(port.number + 1, port.number + 100):
        if _is_free(Port(number, port.variable, port.host)):
            return number
    return port.number + 100
