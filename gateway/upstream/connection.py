"""One connection to a provider, which carries one call at a time.

HTTP/1.1 is parsed by httptools; nothing but bytes passes between it and the one who reads. What cannot be parsed, ends
too early or grows without end becomes an error of ours, for the one call it concerns.
"""

import asyncio
import select
from collections.abc import Callable
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.asgi import Headers
from gateway.errors import BadUpstream, UpstreamDisconnected, UpstreamError, UpstreamTimeout
from gateway.upstream.response import UpstreamResponse

_MOST_BYTES_WITHOUT_BODY = 128 * 1024
"""What may come in a row that is no part of a body: heads, trailers, what a chunk's size is followed by."""
_MOST_HEADERS = 256
_PIECE_BYTES = 256 * 1024
_SWITCHING_PROTOCOLS = 101


class Connection(asyncio.Protocol):
    """Carries one call at a time. It is idle between a whole response and the next `begin`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        idle: "Callable[[Connection], None]",
        lost: "Callable[[Connection], None]",
    ) -> None:
        """`idle` is told when the next call may come, `lost` when none may any more."""
        self._loop = loop
        self._idle = idle
        self._lost = lost
        self._pieces: list[bytes] = []
        """Of a body, until all that came at once has been parsed."""
        # A burst has many of them, so the parser puts them there without a call of ours for each.
        self.on_body = self._pieces.append
        self._parser = HttpResponseParser(self)
        # As lenient as the clients providers are tested with, where nothing can be smuggled by it.
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True)
        self._response: UpstreamResponse | None = None
        self._headers: Headers = []
        self._bytes_without_body = 0
        self._is_head_request = False
        self._is_interim = False
        self._is_sending = False
        self._writable: asyncio.Future[None] | None = None
        self._is_write_paused = False
        self._is_read_paused = False
        self._poll = select.poll()
        self.calls = 0
        """How many calls it has carried."""
        self.is_silent = True
        """Whether no byte of the present response has come."""
        self.heard_at = loop.time()
        """When the provider last gave a sign of life, or was asked, by the loop's clock."""

    # What a client does with it

    def begin(self, head: bytes, body: bytes, host: str, *, is_head_request: bool) -> UpstreamResponse:
        """Sends a request; a large body is for `send_body`."""
        response = self._response = UpstreamResponse(self, host)
        self.calls += 1
        self.is_silent = True
        self._headers = []
        self._bytes_without_body = 0
        self._is_head_request = is_head_request
        self.heard_at = self._loop.time()
        self._is_sending = len(body) > _PIECE_BYTES
        self._transport.write(head if self._is_sending else head + body)
        return response

    @property
    def is_sending(self) -> bool:
        """Whether the present call's body waits for `send_body`."""
        return self._is_sending

    @property
    def is_idle(self) -> bool:
        """Whether it carries no call."""
        return self._response is None

    async def send_body(self, response: UpstreamResponse, body: bytes) -> None:
        """Sends a large body in pieces, no faster than the provider reads, until it answers or is gone."""
        view = memoryview(body)
        for start in range(0, len(body), _PIECE_BYTES):
            if self._response is not response or response.status:
                return
            self._transport.write(view[start : start + _PIECE_BYTES])
            while self._is_write_paused and self._response is response:
                self._writable = self._loop.create_future()
                try:
                    await self._writable
                finally:
                    self._writable = None
            self.heard_at = self._loop.time()
        self._is_sending = False

    @property
    def is_usable(self) -> bool:
        """Whether an idle connection can carry another call: the provider has neither closed it nor said a word.

        The system is asked, since the end may have come after the loop last looked.
        """
        return not self._transport.is_closing() and not self._poll.poll(0)

    def check_silence(self, now: float, limit_seconds: float) -> None:
        """Gives the call up if the provider has been silent for so long while somebody waits for it."""
        response = self._response
        if response is None or now - self.heard_at < limit_seconds:
            return
        if response.is_waited_for or self._writable is not None:
            self._fail(response, UpstreamTimeout(f"{response.host} stayed silent for too long"))

    def resume_reading(self) -> None:
        """The reader of a response has caught up."""
        if self._is_read_paused:
            self._is_read_paused = False
            self.heard_at = self._loop.time()
            self._transport.resume_reading()

    def drop(self, response: UpstreamResponse) -> None:
        """Cuts the connection if it still carries this response."""
        if self._response is response:
            self._response = None
            self._transport.abort()

    def close(self) -> None:
        self._transport.close()

    # What the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN | select.POLLRDHUP)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(self)
        response, self._response = self._response, None
        if response is not None:
            if exc is None and response.status and _ends_with_the_connection(response.headers):
                response.end()
            else:
                response.fail(_disconnected(response))
            response.wake()
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        response = self._response
        if response is None:
            # Nobody asked: whatever comes after would be taken for the answer to the next call.
            self._transport.abort()
            return
        self.is_silent = False
        self.heard_at = self._loop.time()
        self._bytes_without_body += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._pass_on_body()
            self._fail(response, _garbled(response))
        else:
            self._pass_on_body()
            if self._bytes_without_body > _MOST_BYTES_WITHOUT_BODY and self._response is response:
                self._fail(response, _garbled(response))
        response.wake()

    def pause_writing(self) -> None:
        self._is_write_paused = True

    def resume_writing(self) -> None:
        self._is_write_paused = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    # What the parser finds

    def on_message_begin(self) -> None:
        if self._response is None:
            # More than the whole response: the rest cannot be told from the next one.
            self._transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        response = self._response
        if response is None:
            return
        status = self._parser.get_status_code()
        if status < 200 and status != _SWITCHING_PROTOCOLS:
            self._is_interim = status >= 100
            self._headers = []
        if status == _SWITCHING_PROTOCOLS or status < 100 or len(self._headers) > _MOST_HEADERS:
            self._fail(response, _garbled(response))
            return
        if self._is_interim:
            return
        response.begin(status, self._headers)
        # Trailers, and whatever follows unasked, are no headers of this response (RFC 9110, 6.5.1).
        self._headers = []
        if self._is_head_request:
            # Its headers may speak of a body that never comes, so the parser is of no more use.
            self._response = None
            response.end()
            self._transport.close()

    def on_message_complete(self) -> None:
        if self._is_interim:
            self._is_interim = False
            return
        self._pass_on_body()
        response = self._response
        if response is None:
            return
        self._response = None
        response.end()
        if self._is_sending:
            # The provider had heard enough before it had heard all.
            self._transport.abort()
            self.resume_writing()
        elif self._parser.should_keep_alive():
            self.resume_reading()
            self._idle(self)
        else:
            self._transport.close()

    def _pass_on_body(self) -> None:
        """Hands over what the parser has found of the body."""
        if not self._pieces:
            return
        self._bytes_without_body = 0
        response = self._response
        if response is not None and response.add(self._pieces) and not self._is_read_paused:
            self._is_read_paused = True
            self._transport.pause_reading()
        self._pieces.clear()

    def _fail(self, response: UpstreamResponse, error: UpstreamError) -> None:
        if self._response is response:
            self._response = None
        response.fail(error)
        response.wake()
        self._transport.abort()
        self.resume_writing()


def _ends_with_the_connection(headers: Headers) -> bool:
    """Whether nothing but the connection's end tells where the body ends."""
    for name, value in headers:
        lowered = name.lower()
        if lowered == b"content-length" or (lowered == b"transfer-encoding" and b"chunked" in value.lower()):
            return False
    return True


def _disconnected(response: UpstreamResponse) -> UpstreamDisconnected:
    return UpstreamDisconnected(f"{response.host} closed the connection before its answer was complete")


def _garbled(response: UpstreamResponse) -> BadUpstream:
    return BadUpstream(f"{response.host} answered with something that is no HTTP response")
