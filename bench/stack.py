"""An instance that is started for a measurement: `weir up` on free ports in a temporary directory, which goes with it.

It runs from the working directory, so a measurement of a fixed state runs in a clone of its own. Figures of its
processes come from /proc, each with its children.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from control.settings import BootstrapSettings
from weir.instance import Instance, open_instance
from weir.settings import InstanceSettings
from weir.supervisor import die_with_parent

_START_SECONDS = 240
_STOP_SECONDS = 60
_IS_UP = "Ctrl-C stops everything"
_PORTS = ("gateway", "api", "app", "dagster", "dagster_code", "warehouse", "upstream")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Stack:
    """A running instance."""

    instance: Instance
    gateway_key: str
    query_key: str

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.instance.settings.gateway_port}"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.instance.settings.api_port}"

    def cpu_seconds(self) -> dict[str, float]:
        """User and system time of each process so far."""
        files = sorted(self.instance.log_dir.glob("*.pid"))
        return {file.stem: sum(_ticks(pid) for pid in _tree(int(file.read_text()))) / _TICKS for file in files}

    def resident_mb(self) -> dict[str, float]:
        """Memory of each process now; of what processes share, each its part."""
        files = sorted(self.instance.log_dir.glob("*.pid"))
        return {file.stem: sum(_pss_kb(pid) for pid in _tree(int(file.read_text()))) / 1024 for file in files}

    def disk_mb(self) -> dict[str, float]:
        """What each part of the data directory takes."""
        sizes: dict[str, float] = {}
        for folder, _, names in os.walk(self.instance.data_dir):
            inside = Path(folder).relative_to(self.instance.data_dir).parts
            for name in names:
                try:
                    size = (Path(folder) / name).stat().st_blocks * 512 / 1e6
                except FileNotFoundError:
                    continue
                part = inside[0] if inside else name
                sizes[part] = sizes.get(part, 0.0) + size
        return sizes


@contextmanager
def running(*, demo: bool = False, settings: dict[str, str] | None = None) -> Iterator[Stack]:
    """Starts an instance and stops it at the end of the block; raises RuntimeError if it does not come up."""
    directory = Path(tempfile.mkdtemp(prefix="weir-bench-"))
    keys = [f"sk-weir-{secrets.token_urlsafe(32)}" for _ in range(2)]
    ours = {f"WEIR_{name.upper()}_PORT": str(port) for name, port in zip(_PORTS, _free_ports(), strict=True)} | {
        "WEIR_DATA_DIR": str(directory / "data"),
        "WEIR_INIT_GATEWAY_KEY": keys[0],
        "WEIR_INIT_QUERY_KEY": keys[1],
        "WEIR_UPSTREAMS": json.dumps({}),
        **(settings or {}),
    }
    command = [sys.executable, "-m", "weir.cli", "up", *(["--demo"] if demo else [])]
    log = directory / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **ours, "PYTHONPATH": os.getcwd()},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        try:
            deadline = time.monotonic() + _START_SECONDS
            while _IS_UP not in log.read_text():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"weir up did not come up:\n{log.read_text()[-3000:]}")
                time.sleep(0.2)
            os.environ.update(ours)
            yield Stack(open_instance(InstanceSettings(), BootstrapSettings()), *keys)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            shutil.rmtree(directory, ignore_errors=True)


def _free_ports() -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in _PORTS]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _tree(pid: int) -> list[int]:
    pids = [pid]
    for each in pids:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                pids.extend(int(child) for child in children.read_text().split())
            except OSError:
                continue
    return pids


def _ticks(pid: int) -> int:
    """User and system time, of children that are gone too."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15])


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
