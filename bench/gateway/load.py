"""Loads a server over keep-alive connections and notes what each request took.

Closed loop: every connection sends its next request when the last is answered. Open loop: requests begin at fixed
moments, whatever the server does, and their times count from those moments.
"""

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass, field
from typing import cast

_END_OF_HEAD = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"


@dataclass
class Outcome:
    """What one load gave; times in seconds."""

    latencies: list[float] = field(default_factory=list)
    first_bytes: list[float] = field(default_factory=list)
    """From the request to the first byte of a body."""
    first_to_last: list[float] = field(default_factory=list)
    """From the first byte of a body to its last."""
    errors: int = 0
    elapsed: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.elapsed if self.elapsed else 0.0


def percentile(values: list[float], share: float) -> float:
    """Returns the value that this share of the values does not exceed; NaN of none."""
    if not values:
        return float("nan")
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


async def closed_loop(
    port: int, request: bytes, connections: int, seconds: float, most_requests: float = math.inf
) -> Outcome:
    """Begins requests for so many seconds, or so many requests, and waits for the last answers."""
    outcome = Outcome()
    begun = 0

    async def work(connection: _Connection) -> None:
        nonlocal begun
        while begun < most_requests and (now := time.perf_counter()) < until:
            begun += 1
            await connection.ask(now)

    opened = [await _connect(port, request, outcome) for _ in range(connections)]
    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(*(work(connection) for connection in opened))
    outcome.elapsed = time.perf_counter() - began
    for connection in opened:
        connection.close()
    return outcome


async def open_loop(port: int, request: bytes, per_second: float, seconds: float, most_connections: int) -> Outcome:
    """Begins requests at a steady rate; those that find no free connection wait, and their waiting counts."""
    outcome = Outcome()
    waiting: deque[float] = deque()
    wake = asyncio.Semaphore(0)

    async def work(connection: _Connection) -> None:
        while True:
            await wake.acquire()
            if not waiting:
                return
            await connection.ask(waiting.popleft())

    opened = [await _connect(port, request, outcome) for _ in range(most_connections)]
    workers = [asyncio.create_task(work(connection)) for connection in opened]
    began = time.perf_counter()
    for number in range(int(per_second * seconds)):
        due = began + number / per_second
        if (pause := due - time.perf_counter()) > 0.0005:
            await asyncio.sleep(pause)
        waiting.append(due)
        wake.release()
    for _ in workers:
        wake.release()
    await asyncio.gather(*workers)
    outcome.elapsed = time.perf_counter() - began
    for connection in opened:
        connection.close()
    return outcome


async def _connect(port: int, request: bytes, outcome: Outcome) -> "_Connection":
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(lambda: _Connection(loop, port, request, outcome), "127.0.0.1", port)
    return protocol


class _Connection(asyncio.Protocol):
    """One connection with at most one request on its way."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: int, request: bytes, outcome: Outcome) -> None:
        self._loop = loop
        self._port = port
        self._request = request
        self._outcome = outcome
        self._answered: asyncio.Future[bool] | None = None
        self._transport: asyncio.Transport | None = None
        self._reset()

    def _reset(self) -> None:
        self._head = b""
        self._left: int | None = None
        self._tail = b""
        self._first_byte_at = 0.0
        self._is_good = False

    async def ask(self, began: float) -> None:
        """Sends the request and waits for its whole answer; a broken connection is an error and made anew."""
        if self._transport is None or self._transport.is_closing():
            await self._loop.create_connection(lambda: self, "127.0.0.1", self._port)
        assert self._transport is not None
        self._reset()
        self._answered = self._loop.create_future()
        self._transport.write(self._request)
        is_good = await self._answered
        now = time.perf_counter()
        if is_good:
            self._outcome.latencies.append(now - began)
            self._outcome.first_bytes.append(self._first_byte_at - began)
            self._outcome.first_to_last.append(now - self._first_byte_at)
        else:
            self._outcome.errors += 1

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._answer(False)

    def data_received(self, data: bytes) -> None:
        if not self._first_byte_at:
            data = self._take_head(data)
            if not data:
                return
            self._first_byte_at = time.perf_counter()
        if self._left is not None:
            self._left -= len(data)
            if self._left <= 0:
                self._answer(self._is_good)
            return
        self._tail = (self._tail + data)[-len(_LAST_CHUNK) :]
        if self._tail == _LAST_CHUNK:
            self._answer(self._is_good)

    def _take_head(self, data: bytes) -> bytes:
        """Returns what of the data belongs to the body."""
        if self._left is None and not self._is_good:
            self._head += data
            head, end, data = self._head.partition(_END_OF_HEAD)
            if not end:
                return b""
            head = head.lower()
            self._is_good = head[9:12] == b"200"
            if b"content-length: " in head:
                self._left = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            elif not self._is_good:
                self._left = 0
        return data

    def _answer(self, is_good: bool) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(is_good)
