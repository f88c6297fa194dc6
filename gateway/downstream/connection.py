"""One connection of a client: its requests, which may come in a row, are answered in turn.

Whoever sends too much, too slowly or nonsense is answered in its own dialect, as far as that is known yet, and its
connection closed.
"""

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Any, cast

import uvicorn
from uvicorn.protocols.utils import get_local_addr, get_remote_addr
from uvicorn.server import ServerState

from gateway.asgi import App, Scope
from gateway.departures import EXTENSION as DEPARTURES
from gateway.departures import Departures
from gateway.downstream.patience import Limits, Patience
from gateway.downstream.request_reader import RequestReader
from gateway.downstream.turn import EXTENSION as TURN
from gateway.downstream.turn import Turn
from gateway.errors import BadRequest, GatewayError, TooSlow, body_of
from providers.dialects.dialect import dialect_of

_MOST_WAITING_BYTES = 64 * 1024
"""What may have come of a body before somebody asks for it; beyond it the client is read no further."""

_MOST_WAITING_TURNS = 32
"""Requests in a row that may wait for their answers: they are small to send, and each takes a few KB here."""

_LINGER_SECONDS = 2.0
"""How long a refused client may go on sending: closed at once, it would be reset before it has read why."""


class ClientConnection(asyncio.Protocol):
    """One connection, as uvicorn's server makes, counts and shuts down."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
    ) -> None:
        self._app = cast(App, config.loaded_app)
        self._state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._limits = limits
        self._silent_seconds = limits.head_seconds
        """How long the client may be silent that is within no request."""
        self._reader = RequestReader(self)
        self._departures = Departures()

        self._turn: Turn | None = None
        """The latest; earlier ones may still be unanswered."""
        self._answering: Turn | None = None
        self._waiting: deque[Turn] = deque()
        self._is_refused = False
        self._is_read_paused = False
        self._writable: asyncio.Future[None] | None = None
        self._is_write_paused = False

    # What the event loop and the server tell

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._patience = Patience(self._loop, self._transport, self._limits, self)
        self._state.connections.add(cast(Any, self))
        self._server, self._client = get_local_addr(self._transport), get_remote_addr(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.end()
        self._state.connections.discard(cast(Any, self))
        self._waiting.clear()
        for turn in (self._answering, self._turn):
            if turn is not None:
                turn.leave()
        self.resume_writing()
        self._departures.tell()

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        if self._reader.is_in_body:
            self._patience.begin()

    def eof_received(self) -> None:
        if self._is_refused:
            self.close()

    def pause_writing(self) -> None:
        self._is_write_paused = True

    def resume_writing(self) -> None:
        self._is_write_paused = False
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

    @property
    def is_write_paused(self) -> bool:
        # That the client is gone, `connection_lost` tells in a moment; what is written until then would look delivered.
        return self._is_write_paused or self._transport.is_closing()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    async def drain(self) -> None:
        while self._is_write_paused:
            self._writable = self._loop.create_future()
            try:
                await self._writable
            finally:
                self._writable = None

    def resume_reading(self) -> None:
        if self._is_read_paused:
            self._is_read_paused = False
            self._patience.begin()
            self._transport.resume_reading()

    def close(self) -> None:
        self._transport.close()

    def turn_is_over(self, turn: Turn) -> None:
        self._state.total_requests += 1
        self._patience.begin()
        self._silent_seconds = self._limits.keep_alive_seconds
        if turn.is_last:
            self.close()
        elif not self._transport.is_closing():
            self.resume_reading()
            if self._waiting:
                self._begin(self._waiting.popleft())

    # What the reader finds

    def request_begins(self) -> None:
        self._patience.begin()

    def head_came(self, scope: Scope, *, is_last: bool) -> None:
        turn = self._turn = Turn(self, scope, is_last=is_last)
        scope["server"], scope["client"], scope["state"] = self._server, self._client, self._app_state.copy()
        scope["extensions"] = {DEPARTURES: self._departures, TURN: turn}
        if not self._is_answering:
            self._begin(turn)
            return
        self._pause_reading()
        self._waiting.append(turn)
        if len(self._waiting) > _MOST_WAITING_TURNS:
            self.refuse(BadRequest("too many requests wait for their answers on one connection"))

    def body_came(self, body: bytes) -> None:
        turn = self._turn
        if turn is None or turn.is_complete:
            return
        turn.take(body)
        if turn.waiting_bytes > _MOST_WAITING_BYTES:
            self._pause_reading()

    def request_ended(self) -> None:
        if self._turn is not None:
            self._turn.end()

    def refuse(self, error: GatewayError) -> None:
        """Answers in the caller's dialect and closes the connection, once the client has seen the answer."""
        self._is_refused = True
        self._reader.stop()
        turn, is_in_body = self._turn, self._reader.is_in_body
        if self._is_answering and not (is_in_body and turn is self._answering):
            # Nothing can be said before the answers to earlier requests, which are whole; they are the last.
            if is_in_body:
                self._waiting.pop()
            last = self._waiting[-1] if self._waiting else self._answering
            assert last is not None
            last.is_last = True
            return
        if turn is not None and is_in_body and turn.is_started:
            # Its answer is on its way or complete already: there is nothing more to say.
            self.close()
            return
        self.write(_refusal(error, self._reader.path))
        if is_in_body and turn is not None:
            # Whoever waits for the rest of the body learns that there will be none.
            turn.leave()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(_LINGER_SECONDS, self.close)

    # What patience asks

    @property
    def allowed_seconds(self) -> float | None:
        if self._is_refused or self._transport.is_closing():
            return None
        if self._reader.is_in_body:
            return self._limits.body_seconds
        return self._limits.head_seconds if self._reader.is_in_head else self._silent_seconds

    def was_too_slow(self) -> None:
        if self._reader.is_in_body:
            assert self._turn is not None
            if self._is_read_paused:
                # It is we who do not read.
                return
            if self._turn.is_started:
                self.close()
            else:
                seconds = self._limits.body_seconds
                self.refuse(TooSlow(f"nothing more of the request's body came for {seconds:g} s"))
        elif self._is_answering:
            # The next request may come slowly while the answer to the one before is still on its way.
            self._patience.begin()
        elif self._reader.is_in_head:
            self.refuse(TooSlow(f"the request's head was not complete after {self._limits.head_seconds:g} s"))
        else:
            self.close()

    def _begin(self, turn: Turn) -> None:
        self._answering = turn
        turn.task = self._loop.create_task(self._run(turn))
        self._state.tasks.add(turn.task)

    async def _run(self, turn: Turn) -> None:
        try:
            await turn.run(self._app)
        finally:
            self._state.tasks.discard(cast(Any, turn.task))

    @property
    def _is_answering(self) -> bool:
        return self._answering is not None and not self._answering.is_complete

    def _pause_reading(self) -> None:
        if not self._is_read_paused:
            self._is_read_paused = True
            self._transport.pause_reading()


def _refusal(error: GatewayError, path: str) -> bytes:
    body = body_of(error, dialect_of(path))
    return b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (
        error.status,
        HTTPStatus(error.status).phrase.encode(),
        len(body),
        body,
    )
