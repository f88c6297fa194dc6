"""One request of a client and its answer, as an ASGI application sees them.

Most answers of a provider are passed on without ASGI: `write` sends a part at once, for a stream has many small ones,
and a task that is woken for each costs more than all else that is done with it.
"""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

from gateway.asgi import App, Headers, Message, Scope

EXTENSION = "weir.turn"
"""Under this name a request's scope has its turn."""

_BODILESS = (204, 304)
_STATUS_LINES = {
    status: b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode() if status in set(HTTPStatus) else b"")
    for status in range(100, 600)
}

_logger = logging.getLogger(__name__)


class Connection(Protocol):
    """The connection the request came by."""

    @property
    def is_write_paused(self) -> bool:
        """Whether the client is slow to take what has been written."""

    def write(self, data: bytes) -> None:
        """Sends it, or keeps it to be sent."""

    async def drain(self) -> None:
        """Waits until the client has taken most of what has been written, or is gone."""

    def resume_reading(self) -> None:
        """Lets more of the request come."""

    def close(self) -> None:
        """Ends the connection once all is sent."""

    def turn_is_over(self, turn: "Turn") -> None:
        """The answer is complete."""


class Turn:
    """Made when a request's head is there; its body may still be on its way."""

    __slots__ = (
        "_chunks",
        "_connection",
        "_has_news",
        "_is_chunked",
        "_is_close_delimited",
        "_is_whole",
        "_left",
        "_may_expect",
        "_waiter",
        "is_complete",
        "is_gone",
        "is_last",
        "is_started",
        "on_writable",
        "scope",
        "task",
        "waiting_bytes",
    )

    def __init__(self, connection: Connection, scope: Scope, *, is_last: bool) -> None:
        self.scope = scope
        self.is_last = is_last
        """Whether the connection ends with the answer."""
        self.is_started = False
        """Whether the head of the answer is sent."""
        self.is_complete = False
        """Whether the answer is."""
        self.is_gone = False
        """Whether the client is gone."""
        self.waiting_bytes = 0
        """How much of the body nobody has asked for yet."""
        self.on_writable: Callable[[], None] | None = None
        """Called when a client that was slow has caught up."""
        self.task: asyncio.Task[None] | None = None
        self._connection = connection
        self._chunks: list[bytes] = []
        self._is_whole = False
        self._has_news = False
        self._waiter: asyncio.Future[None] | None = None
        self._may_expect = True
        self._is_chunked = False
        self._is_close_delimited = False
        self._left: int | None = 0
        """What is missing of an answer whose head says its length."""

    async def run(self, app: App) -> None:
        """Has the application answer."""
        try:
            await app(self.scope, self.receive, self.send)
        except BaseException:
            _logger.exception("a request could not be answered")
            if self.is_started:
                self._connection.close()
            else:
                await self._send_nothing()
        else:
            if not self.is_complete and not self.is_gone:
                # Left unfinished on purpose, where a provider broke off; the call's record tells why.
                self._connection.close()
        finally:
            # It holds this turn, and such a ring is left for the garbage collector.
            self.scope = {}

    # What the connection tells

    def take(self, body: bytes) -> None:
        """The next part of the request's body."""
        self._chunks.append(body)
        self.waiting_bytes += len(body)
        self._tell()

    def end(self) -> None:
        """The request is whole."""
        self._is_whole = True
        self._tell()

    def leave(self) -> None:
        """The client is gone."""
        self.is_gone = True
        self._tell()

    # ASGI

    async def receive(self) -> Message:
        connection = self._connection
        if not (self.is_gone or self.is_complete):
            connection.resume_reading()
            if not self._has_news:
                self._ask_for_body()
                self._waiter = asyncio.get_running_loop().create_future()
                try:
                    await self._waiter
                finally:
                    self._waiter = None
            self._has_news = False
        if self.is_gone or self.is_complete:
            return {"type": "http.disconnect"}
        chunks, self._chunks = self._chunks, []
        self.waiting_bytes = 0
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        return {"type": "http.request", "body": body, "more_body": not self._is_whole}

    async def send(self, message: Message) -> None:
        connection = self._connection
        if connection.is_write_paused and not self.is_gone:
            await connection.drain()
        if self.is_gone:
            return
        if self.is_started:
            self.write(message.get("body", b""), is_last=not message.get("more_body", False))
        else:
            self._start(message["status"], list(message.get("headers", ())))

    # Without ASGI

    @property
    def is_paused(self) -> bool:
        """Whether the client is slow; `on_writable` is called when more should be written."""
        return self._connection.is_write_paused

    def write(self, body: bytes, *, is_last: bool) -> None:
        """Sends the next part of an answer that has been started."""
        if self.is_gone:
            return
        if self.is_complete:
            raise RuntimeError("the answer is complete already")
        if self._is_chunked:
            chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            self._connection.write(chunk + b"0\r\n\r\n" if is_last else chunk)
        elif self._is_close_delimited:
            self._connection.write(body)
        elif self._left is not None:
            self._left -= len(body)
            if self._left < 0 or (is_last and self._left):
                raise RuntimeError("the answer has another length than its head says")
            self._connection.write(body)
        if is_last:
            self.is_complete = True
            self._tell()
            self._connection.turn_is_over(self)

    def _start(self, status: int, headers: Headers) -> None:
        named = dict(headers)
        if self._may_expect and not self._is_whole and self._waits_to_be_told:
            # Whether its body comes after all is up to the client, so nobody could tell where the next request begins.
            self.is_last = True
        if b"close" in named.get(b"connection", b"").lower():
            self.is_last = True
        elif self.is_last:
            headers = [*headers, (b"connection", b"close")]
        length = named.get(b"content-length")
        if self.scope["method"] == "HEAD" or status in _BODILESS:
            # What the head says of a length is that of the body that is spared.
            self._left = None
        elif b"transfer-encoding" in named:
            self._is_chunked = True
        elif length is not None:
            self._left = int(length)
        elif self.scope["http_version"] == "1.0":
            # It knows no chunks: the answer ends with the connection.
            self._is_close_delimited = True
        else:
            self._is_chunked = True
            headers = [*headers, (b"transfer-encoding", b"chunked")]
        lines = b"".join([b"%b: %b\r\n" % header for header in headers])
        if not lines.count(b"\n") == lines.count(b"\r") == len(headers):
            raise RuntimeError("a header holds the end of a line")
        self.is_started = True
        self._may_expect = False
        self._connection.write(_STATUS_LINES[status] + lines + b"\r\n")

    async def _send_nothing(self) -> None:
        await self.send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
        await self.send({"type": "http.response.body", "body": b""})

    def _ask_for_body(self) -> None:
        """Tells a client to send its body that waits to be told (RFC 9110, 10.1.1)."""
        if self._may_expect and self._waits_to_be_told:
            self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._may_expect = False

    @property
    def _waits_to_be_told(self) -> bool:
        # A client of HTTP/1.0 knows nothing of it, whatever it sends.
        return self.scope["http_version"] != "1.0" and any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in self.scope["headers"]
        )

    def _tell(self) -> None:
        self._has_news = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
