"""HTTP/1.1 as the gateway takes it from clients: parsed by httptools, with bounds on size and slowness of requests.

The parser alone would gather a head without end and wait for it for ever. Whoever goes too far is answered in its own
dialect, as far as that is known yet, and its connection closed. Requests that come in a row are answered in turn.
"""

import asyncio
import fcntl
import termios
from array import array
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote

import httptools
import uvicorn
from uvicorn.protocols.utils import get_local_addr, get_remote_addr
from uvicorn.server import ServerState

from gateway.asgi import App, Headers, Scope
from gateway.departures import EXTENSION as DEPARTURES
from gateway.departures import Departures
from gateway.downstream.turn import EXTENSION as TURN
from gateway.downstream.turn import Turn
from gateway.errors import BadRequest, GatewayError, HeadTooLarge, TooSlow, body_of
from providers.dialects.dialect import dialect_of

MOST_HEAD_BYTES = 64 * 1024
MOST_HEADERS = 256
_MOST_WAITING_BYTES = 64 * 1024
"""What may have come of a body before somebody asks for it; beyond it the client is read no further."""

_MOST_WAITING_TURNS = 32
"""Requests in a row that may wait for their answers: they are small to send, and each takes a few KB here."""

_TOO_LARGE = f"the request line and headers are larger than {MOST_HEAD_BYTES // 1024} KB"
_LINGER_SECONDS = 2.0
"""How long a refused client may go on sending: closed at once, it would be reset before it has read why."""


class ClientConnection(asyncio.Protocol):
    """One connection, as uvicorn's server makes, counts and shuts down."""

    head_seconds = 30.0
    """How long a request's head may take."""
    body_seconds = 60.0
    """How long a client may be silent in the middle of a body."""
    keep_alive_seconds = 75.0
    """How long it may be silent between two requests."""
    taking_seconds = 60.0
    """How long it may take nothing of what has been written for it."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._app = cast(App, config.loaded_app)
        self._state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = self._new_parser()
        self._departures = Departures()

        self._url = b""
        self._headers: Headers = []
        self._turn: Turn | None = None
        """The latest; earlier ones may still be unanswered."""
        self._answering: Turn | None = None
        self._waiting: deque[Turn] = deque()
        self._gathered_bytes = 0
        """What came since the last part of a body, or since the request began."""
        self._beginning_bytes = 0
        """The size of what is being read, if a request begins with it."""
        self._latest_bytes = 0
        self._is_in_head = False
        self._is_in_body = False
        self._is_refused = False
        self._is_read_paused = False
        self._writable: asyncio.Future[None] | None = None
        self.is_write_paused = False
        self._unsent_bytes = 0
        """What the client had not taken when that was last looked at."""
        self._taken_at = 0.0
        """When it was last seen to take something."""

        self._since = self._loop.time()
        """When that began which has its time: the head, the silence within a body, or between requests."""
        self._silent_seconds = self.head_seconds
        """How long a client may be silent that is within no request."""
        # One timer for all that has its time: one for each would cost more than what is timed.
        self._shortest_seconds = min(self.head_seconds, self.body_seconds, self.keep_alive_seconds, self.taking_seconds)
        self._timer = self._loop.call_later(self._shortest_seconds, self._look_at_the_time)

    # What the event loop and the server tell

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._state.connections.add(cast(Any, self))
        self._server, self._client = get_local_addr(self._transport), get_remote_addr(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._state.connections.discard(cast(Any, self))
        self._waiting.clear()
        for turn in (self._answering, self._turn):
            if turn is not None:
                turn.leave()
        self.resume_writing()
        self._departures.tell()

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._latest_bytes = len(data)
        self._gathered_bytes += len(data)
        self._beginning_bytes = 0 if self._is_in_head or self._is_in_body else len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._read_without_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            if not self._is_refused:
                self._refuse(BadRequest("this is no valid HTTP request"))
        if self._gathered_bytes > MOST_HEAD_BYTES and not self._is_refused:
            self._gathered_bytes = 0
            if self._is_in_head:
                self._refuse(HeadTooLarge(_TOO_LARGE))
            else:
                # Trailers without end. The call may be answered already: there is nothing more to say.
                self.close()
        if self._is_in_body:
            self._since = self._loop.time()

    def eof_received(self) -> None:
        if self._is_refused:
            self.close()

    def pause_writing(self) -> None:
        self.is_write_paused = True

    def resume_writing(self) -> None:
        self.is_write_paused = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        turn = self._answering
        if turn is not None and turn.on_writable is not None:
            turn.on_writable()

    def shutdown(self) -> None:
        """Ends the connection once what was asked is answered."""
        if self._turn is None or self._turn.is_complete:
            self.close()
        else:
            self._turn.is_last = True

    # What a turn does with it

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    async def drain(self) -> None:
        while self.is_write_paused:
            self._writable = self._loop.create_future()
            try:
                await self._writable
            finally:
                self._writable = None

    def resume_reading(self) -> None:
        if self._is_read_paused:
            self._is_read_paused = False
            self._since = self._loop.time()
            self._transport.resume_reading()

    def close(self) -> None:
        self._transport.close()

    def turn_is_over(self, turn: Turn) -> None:
        self._state.total_requests += 1
        self._since = self._loop.time()
        self._silent_seconds = self.keep_alive_seconds
        if turn.is_last:
            self.close()
        elif not self._transport.is_closing():
            self.resume_reading()
            if self._waiting:
                self._begin(self._waiting.popleft())

    # What the parser finds

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers = []
        self._is_in_head = True
        self._since = self._loop.time()
        self._gathered_bytes, self._beginning_bytes = self._beginning_bytes, 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        if self._is_refused or self._asks_for_upgrade:
            return
        version = self._parser.get_http_version()
        error = self._fault_of_head(version)
        self._gathered_bytes = 0
        if error is not None:
            self._refuse(error)
            return
        is_last = version == "1.0" or not self._parser.should_keep_alive()
        turn = Turn(self, self._scope(version), is_last=is_last)
        turn.scope["extensions"] = {DEPARTURES: self._departures, TURN: turn}
        self._turn, self._is_in_body = turn, True
        if not self._is_answering:
            self._begin(turn)
            return
        self._pause_reading()
        self._waiting.append(turn)
        if len(self._waiting) > _MOST_WAITING_TURNS:
            self._refuse(BadRequest("too many requests wait for their answers on one connection"))

    def on_body(self, body: bytes) -> None:
        self._gathered_bytes = 0
        turn = self._turn
        if self._is_refused or turn is None or turn.is_complete:
            return
        turn.take(body)
        if turn.waiting_bytes > _MOST_WAITING_BYTES:
            self._pause_reading()

    def on_message_complete(self) -> None:
        self._is_in_body = False
        if not self._is_refused and not self._asks_for_upgrade and self._turn is not None:
            self._turn.end()

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # Of several requests in a row the first may ask for the connection's end, and is answered all the same.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    @property
    def _asks_for_upgrade(self) -> bool:
        # CONNECT asks for one by its name, and is refused as a method that is not proxied.
        return self._parser.should_upgrade() and self._parser.get_method() != b"CONNECT"

    def _read_without_upgrade(self, rest: bytes) -> None:
        """Reads a request again without its wish for another protocol, which nobody has to heed (RFC 9110, 7.8).

        The parser takes what follows such a head for that protocol's. Java's client asks so by default, and sends the
        request's body all the same.
        """
        if not self._asks_for_upgrade:
            return
        version = self._parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self._parser.get_method(), self._url, version)]
        # The parser heeds what would ask for it in either of these. What else they ask for still counts.
        lines += [
            b"%b: %b" % (name, _without_upgrade(value) if name in (b"connection", b"proxy-connection") else value)
            for name, value in self._headers
        ]
        self._parser = self._new_parser()
        self.data_received(b"\r\n".join([*lines, b"", b""]) + rest)

    def _begin(self, turn: Turn) -> None:
        self._answering = turn
        turn.task = self._loop.create_task(self._run(turn))
        self._state.tasks.add(turn.task)

    async def _run(self, turn: Turn) -> None:
        try:
            await turn.run(self._app)
        finally:
            self._state.tasks.discard(cast(Any, turn.task))

    def _scope(self, version: str) -> Scope:
        raw_path, _, query = self._url.partition(b"?")
        if not raw_path.startswith(b"/") or b"#" in self._url:
            parsed = httptools.parse_url(self._url)
            raw_path, query = parsed.path, parsed.query or b""
        path = raw_path.decode("ascii")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": version,
            "server": self._server,
            "client": self._client,
            "scheme": "http",
            "root_path": "",
            "method": self._parser.get_method().decode("ascii"),
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": self._headers,
            "state": self._app_state.copy(),
        }

    def _fault_of_head(self, version: str) -> GatewayError | None:
        could_have_bytes = self._gathered_bytes + self._latest_bytes
        if len(self._headers) > MOST_HEADERS:
            return HeadTooLarge(f"the request has more than {MOST_HEADERS} headers")
        if could_have_bytes > MOST_HEAD_BYTES and self._head_bytes() > MOST_HEAD_BYTES:
            return HeadTooLarge(_TOO_LARGE)
        if not _is_plain_framing(version, self._headers):
            return BadRequest("this is no HTTP/1.1 request whose body has a length or is `chunked`")
        return None

    def _head_bytes(self) -> int:
        return len(self._url) + sum([len(name) + len(value) for name, value in self._headers])

    def _pause_reading(self) -> None:
        if not self._is_read_paused:
            self._is_read_paused = True
            self._transport.pause_reading()

    @property
    def _is_answering(self) -> bool:
        return self._answering is not None and not self._answering.is_complete

    # Who takes too long or too much

    def _look_at_the_time(self) -> None:
        if self._takes_nothing():
            # What it has not taken would be kept for it, and the connection with it.
            self._transport.abort()
            return
        left = self._shortest_seconds
        if not self._is_refused and not self._transport.is_closing():
            left = self._since + self._allowed_seconds - self._loop.time()
            if left <= 0:
                left = self._shortest_seconds
                self._run_out()
        self._timer = self._loop.call_later(min(left, self._shortest_seconds), self._look_at_the_time)

    def _takes_nothing(self) -> bool:
        """Whether the client has for too long taken nothing of what waits for it."""
        now, unsent = self._loop.time(), self._transport.get_write_buffer_size()
        if unsent:
            # The system takes no more before a third of what it holds is gone: a slow client alone would look idle.
            unsent += _held_by_system(self._transport)
        if unsent == 0 or unsent != self._unsent_bytes:
            self._unsent_bytes, self._taken_at = unsent, now
        return now - self._taken_at >= self.taking_seconds

    @property
    def _allowed_seconds(self) -> float:
        if self._is_in_body:
            return self.body_seconds
        return self.head_seconds if self._is_in_head else self._silent_seconds

    def _run_out(self) -> None:
        if self._is_in_body:
            assert self._turn is not None
            if self._is_read_paused:
                # It is we who do not read.
                return
            if self._turn.is_started:
                self.close()
            else:
                self._refuse(TooSlow(f"nothing more of the request's body came for {self.body_seconds:g} s"))
        elif self._is_answering:
            # The next request may come slowly while the answer to the one before is still on its way.
            self._since = self._loop.time()
        elif self._is_in_head:
            self._refuse(TooSlow(f"the request's head was not complete after {self.head_seconds:g} s"))
        else:
            self.close()

    def _refuse(self, error: GatewayError) -> None:
        """Answers in the caller's dialect and closes the connection, once the client has seen the answer."""
        self._is_refused = True
        turn = self._turn
        if self._is_answering and not (self._is_in_body and turn is self._answering):
            # Nothing can be said before the answers to earlier requests, which are whole; they are the last.
            if self._is_in_body:
                self._waiting.pop()
            last = self._waiting[-1] if self._waiting else self._answering
            assert last is not None
            last.is_last = True
            return
        if turn is not None and self._is_in_body and turn.is_started:
            # Its answer is on its way or complete already: there is nothing more to say.
            self.close()
            return
        path = self._url.partition(b"?")[0].decode("latin-1")
        body = body_of(error, dialect_of(path))
        self.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
            % (error.status, HTTPStatus(error.status).phrase.encode(), len(body), body)
        )
        if self._is_in_body and turn is not None:
            # Whoever waits for the rest of the body learns that there will be none.
            turn.leave()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(_LINGER_SECONDS, self.close)


def _is_plain_framing(version: str, headers: Headers) -> bool:
    """Whether everybody who reads the request finds its end in the same place (RFC 9112, 6.3).

    The parser refuses a length beside an encoding itself, but takes encodings that are undone by nobody here.
    """
    if version not in ("1.0", "1.1"):
        return False
    encodings = [value for name, value in headers if name == b"transfer-encoding"]
    return not encodings or (
        version == "1.1" and len(encodings) == 1 and encodings[0].strip(b" \t").lower() == b"chunked"
    )


def _held_by_system(transport: asyncio.Transport) -> int:
    """Returns how many bytes the system has been given and the client has not acknowledged; 0 where it does not say."""
    count = array("i", [0])
    with suppress(OSError):
        fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, count)
    return count[0]


def _without_upgrade(value: bytes) -> bytes:
    """Returns what a `Connection` header asks for besides another protocol."""
    tokens = [token.strip() for token in value.split(b",")]
    return b", ".join([token for token in tokens if token.lower() != b"upgrade"])
