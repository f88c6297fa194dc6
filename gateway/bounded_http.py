"""HTTP/1.1 as the gateway takes it: uvicorn's protocol, with a bound on the size and the slowness of requests.

The parser alone would gather a head without end and wait for it for ever. Whoever goes too far is answered in its own
dialect, as far as that is known yet, and its connection closed.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.departures import EXTENSION, Departures
from gateway.errors import BadRequest, GatewayError, HeadTooLarge, TooSlow, body_of
from providers.dialects.dialect import dialect_of

MOST_HEAD_BYTES = 64 * 1024
MOST_HEADERS = 256

_TOO_LARGE = f"the request line and headers are larger than {MOST_HEAD_BYTES // 1024} KB"
_LINGER_SECONDS = 2.0
"""How long a refused client may go on sending: closed at once, it would be reset before it has read why."""


class BoundedHttp(HttpToolsProtocol):
    """One connection."""

    head_seconds = 30.0
    """How long a request's head may take."""
    body_seconds = 60.0
    """How long a client may be silent in the middle of a body."""

    _gathered_bytes = 0
    """What came since the last part of a body, or since the request began."""
    _beginning_bytes = 0
    """The size of what is being read, if a request begins with it."""
    _is_in_head = False
    _is_in_body = False
    _is_refused = False
    _heard_at = 0.0
    """When something last came, by the loop's clock, if a request is incomplete."""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._departures = Departures()
        self._wait(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)
        self._departures.tell()

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._gathered_bytes += len(data)
        self._beginning_bytes = 0 if self._is_in_head or self._is_in_body else len(data)
        super().data_received(data)
        if self._gathered_bytes > MOST_HEAD_BYTES and not self._is_refused:
            self._gathered_bytes = 0
            if self._is_in_head:
                self._refuse(HeadTooLarge(_TOO_LARGE))
            else:
                # Trailers without end. The call may be answered already: there is nothing more to say.
                self.transport.close()
        if not (self._is_in_head or self._is_in_body):
            self._wait_no_more()
            return
        self._heard_at = self.loop.time()
        if self._deadline is None and not self._is_refused:
            self._wait(self.head_seconds if self._is_in_head else self.body_seconds)

    def eof_received(self) -> None:
        if self._is_refused:
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {EXTENSION: self._departures}
        self.scope["extensions"] = extensions
        self._is_in_head = True
        self._gathered_bytes, self._beginning_bytes = self._beginning_bytes, 0

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._gathered_bytes = 0
        if len(self.headers) > MOST_HEADERS:
            self._refuse(HeadTooLarge(f"the request has more than {MOST_HEADERS} headers"))
        elif len(self.url) + sum([len(name) + len(value) for name, value in self.headers]) > MOST_HEAD_BYTES:
            self._refuse(HeadTooLarge(_TOO_LARGE))
        if not self._is_refused:
            self._is_in_body = True
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._gathered_bytes = 0
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_in_body = False
        if not self._is_refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(BadRequest("this is no valid HTTP request"))

    def _wait(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._run_out)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _run_out(self) -> None:
        self._deadline = None
        if self._is_in_body:
            silent = self.loop.time() - self._heard_at
            if self.flow.read_paused:
                # It is we who do not read.
                self._wait(self.body_seconds)
            elif silent < self.body_seconds:
                self._wait(self.body_seconds - silent)
            elif self.cycle.response_started:
                self.transport.close()
            else:
                self._refuse(TooSlow(f"nothing more of the request's body came for {self.body_seconds:g} s"))
        elif self._is_answering:
            # The next request may come slowly while the answer to the one before is still on its way.
            self._wait(self.head_seconds)
        elif self._is_in_head:
            self._refuse(TooSlow(f"the request's head was not complete after {self.head_seconds:g} s"))
        else:
            self.transport.close()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, error: GatewayError) -> None:
        """Answers in the caller's dialect and closes the connection, once the client has seen the answer."""
        self._is_refused = True
        self._wait_no_more()
        if self._is_answering and (self.cycle.response_started or not self._is_in_body):
            # Another answer is on its way: nothing can be said in between.
            self.transport.close()
            return
        path = getattr(self, "url", b"").partition(b"?")[0].decode("latin-1")
        body = body_of(error, dialect_of(path))
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
            % (error.status, HTTPStatus(error.status).phrase.encode(), len(body), body)
        )
        if self._is_in_body:
            # Whoever waits for the rest of the body learns that there will be none.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)
