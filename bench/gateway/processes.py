"""Starts what is measured and reads its cost from /proc: CPU time and memory of a process and all its children."""

import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """One process under measurement, with its children."""

    def __init__(self, command: list[str], environment: dict[str, str], cores: set[int] | None, log: Path) -> None:
        self.began = time.perf_counter()
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                command,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=None if cores is None else lambda: os.sched_setaffinity(0, cores),
            )
        self._log = log

    def cpu_seconds(self) -> float:
        """User and system time so far, of children that are gone too."""
        total = 0
        for pid in self._tree():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += sum(int(field) for field in fields[11:15])
        return total / _TICKS

    def resident_mb(self) -> float:
        """Memory in use now; of what processes share, each its part."""
        return sum(_figure(pid, "smaps_rollup", "Pss:") for pid in self._tree()) / 1024

    def peak_mb(self) -> float:
        """Most memory that was in use, of all processes together."""
        return sum(_figure(pid, "status", "VmHWM:") for pid in self._tree()) / 1024

    def wait_until(self, is_ready: Callable[[], bool], seconds: float = 90.0) -> float:
        """Returns how many seconds after its start the process was ready; raises RuntimeError if it does not get so."""
        while time.perf_counter() - self.began < seconds:
            if self._popen.poll() is not None:
                break
            if is_ready():
                return time.perf_counter() - self.began
            time.sleep(0.01)
        raise RuntimeError(f"did not get ready; its log ends with:\n{self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Lets it end in good order, and ends it otherwise if it does not."""
        self._popen.terminate()
        try:
            self._popen.wait(40)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    def _tree(self) -> list[int]:
        pids = [self._popen.pid]
        for pid in pids:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    pids.extend(int(child) for child in children.read_text().split())
                except OSError:
                    continue
        return pids


def environment() -> dict[str, str]:
    """Returns our variables, but lets Python keep its bytecode: else every start would be that of a compiler."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _figure(pid: int, file: str, label: str) -> int:
    """Reads a figure in kB from a file of /proc."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(label)), 0)
