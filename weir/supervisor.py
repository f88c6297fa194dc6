"""Runs the product's processes as one: starts them in order, waits until each is ready, restarts what dies, and
stops everything at once.

It knows processes, not what they are for; `weir/services.py` says which there are.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

BACKOFF_SECONDS = (1, 2, 4, 8, 16, 30)
STOP_SECONDS = 15
PR_SET_PDEATHSIG = 1


class StartFailed(Exception):
    """A service did not become ready; the text holds its last words."""


@dataclass(frozen=True)
class Service:
    """One process: what to run, and the URL that tells it is ready: http answers 200, or tcp accepts."""

    name: str
    command: tuple[str, ...]
    ready_url: str | None
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_seconds: float = 300
    """How long it may take as long as it runs: one that ends is noticed at once, and a busy machine is only slow."""
    after: str | None = None
    """The service that must be ready before this one is started."""


@dataclass
class _Running:
    service: Service
    process: asyncio.subprocess.Process
    last_lines: deque[str]
    watcher: asyncio.Task[None] | None = None


class Supervisor:
    """Keeps services alive until `stop`.

    What they say goes to `log_dir/<name>.log` and, line by line, to `echo`; `log_dir/<name>.pid` tells their process.
    """

    def __init__(self, log_dir: Path, echo: Callable[[str, str], None]) -> None:
        self._log_dir = log_dir
        self._echo = echo
        self._running: dict[str, _Running] = {}
        self._ready: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._stopping = False
        log_dir.mkdir(parents=True, exist_ok=True)

    async def start(self, service: Service) -> float:
        """Starts a service in its turn and returns the seconds it took to become ready; raises StartFailed."""
        if service.after:
            await self._ready[service.after].wait()
        began = time.monotonic()
        running = await self._spawn(service)
        try:
            await self._until_ready(running)
        except BaseException:
            await self._end(running)
            raise
        self._running[service.name] = running
        self._ready[service.name].set()
        running.watcher = asyncio.create_task(self._keep_alive(running))
        return time.monotonic() - began

    async def stop(self) -> None:
        """Stops everything, the last started first; what does not end in time is killed."""
        self._stopping = True
        for running in reversed(self._running.values()):
            if running.watcher:
                running.watcher.cancel()
        await asyncio.gather(*(self._end(running) for running in reversed(self._running.values())))
        self._running.clear()

    async def _spawn(self, service: Service) -> _Running:
        process = await asyncio.create_subprocess_exec(
            *service.command,
            env={**os.environ, **service.environment, "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=1 << 20,
            # A group of its own: Ctrl-C reaches us alone, and we end whole families.
            start_new_session=True,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
        )
        (self._log_dir / f"{service.name}.pid").write_text(str(process.pid))
        running = _Running(service, process, deque(maxlen=20))
        asyncio.create_task(self._copy_output(running))  # noqa: RUF006 - ends with the process's output
        return running

    async def _copy_output(self, running: _Running) -> None:
        assert running.process.stdout is not None
        with (self._log_dir / f"{running.service.name}.log").open("a", encoding="utf-8") as log:
            while True:
                try:
                    line = await running.process.stdout.readline()
                except ValueError:  # A line longer than the limit: asyncio has dropped it.
                    continue
                if not line:
                    return
                text = line.decode("utf-8", "replace").rstrip()
                running.last_lines.append(text)
                log.write(text + "\n")
                log.flush()
                self._echo(running.service.name, text)

    async def _until_ready(self, running: _Running) -> None:
        service, deadline = running.service, time.monotonic() + running.service.ready_seconds
        if service.ready_url is None:
            return
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            while time.monotonic() < deadline:
                if running.process.returncode is not None:
                    await asyncio.sleep(0.1)  # Its last words may still be in the pipe.
                    raise StartFailed(
                        f"{service.name} ended with code {running.process.returncode} before it was ready:\n"
                        + "\n".join(f"    {line}" for line in running.last_lines)
                    )
                if await _answers(client, service.ready_url):
                    return
                await asyncio.sleep(0.1)
        raise StartFailed(
            f"{service.name} runs, but was not ready after {service.ready_seconds:.0f} s ({service.ready_url}). "
            "If the machine is busy, start again: what was done already is not done twice. Its last words:\n"
            + ("\n".join(f"    {line}" for line in running.last_lines) or "    none")
        )

    async def _keep_alive(self, running: _Running) -> None:
        """Restarts the service whenever it ends, waiting longer each time; a minute of life resets the wait."""
        failures = 0
        while True:
            began = time.monotonic()
            code = await running.process.wait()
            if self._stopping:
                return
            failures = 0 if time.monotonic() - began > 60 else failures
            wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
            failures += 1
            self._echo(running.service.name, f"ended with code {code}; starting again in {wait} s")
            await asyncio.sleep(wait)
            replacement = await self._spawn(running.service)
            running.process, running.last_lines = replacement.process, replacement.last_lines

    async def _end(self, running: _Running) -> None:
        if running.process.returncode is None:
            _signal_group(running.process.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(running.process.wait(), STOP_SECONDS)
            except TimeoutError:
                self._echo(running.service.name, f"did not end within {STOP_SECONDS} s and was killed")
        # What the process left behind in its group ends with it.
        _signal_group(running.process.pid, signal.SIGKILL)
        await running.process.wait()


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    target = httpx.URL(url)
    try:
        if target.scheme == "tcp":
            _, writer = await asyncio.open_connection(target.host, target.port)
            writer.close()
            return True
        return (await client.get(url)).status_code == 200
    except (httpx.HTTPError, OSError):
        return False


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def die_with_parent() -> None:
    """Asks Linux to end this process when its parent dies, so that a killed supervisor leaves no orphans."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
