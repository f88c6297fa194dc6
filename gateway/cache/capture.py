"""Keeps what a client is sent, byte for byte, while it is sent."""

import time
from collections.abc import Callable

from gateway.asgi import Headers, Message, Send
from gateway.cache.entry import MOST_ENTRY_BYTES
from gateway.cache.flights import Flight

_OF_ONE_CALL = (b"weir-", b"helicone-", b"x-ratelimit-", b"anthropic-ratelimit-", b"ratelimit")
_OF_ONE_CALL_NAMES = frozenset({b"date", b"age", b"retry-after", b"retry-after-ms", b"server-timing", b"cf-ray"})


class Capture:
    """Stands where `send` does. Holds nothing back; what is too large or no plain answer is let go."""

    def __init__(
        self, send: Send, extra: Headers, flight: Flight | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`extra` are headers to add to the answer; the flight is told when the client does not read."""
        self._send = send
        self._extra = extra
        self._flight = flight
        self._clock = clock
        self._chunks: list[bytes] = []
        self._size = 0
        self._is_kept = True
        self._headers: Headers = []
        self._content_length: int | None = None
        self._has_ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
            message = {**message, "headers": [*message["headers"], *self._extra]}
        else:
            self._take(message)
        if self._flight is not None:
            self._flight.sending_since = self._clock()
        await self._send(message)
        if self._flight is not None:
            self._flight.sending_since = None

    @property
    def body(self) -> bytes:
        return b"".join(self._chunks)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The answer's headers, without those that are about one call or the provider's state at that time."""
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers]

    @property
    def is_plain(self) -> bool:
        """Whether it was a 200 that anybody can read, and small enough so far."""
        return self._is_kept

    @property
    def is_whole(self) -> bool:
        """Whether the last byte has been sent, and all that were announced."""
        return self._is_kept and self._has_ended and self._content_length in (None, self._size)

    def _begin(self, message: Message) -> None:
        named = dict(message["headers"])
        length = named.get(b"content-length", b"")
        self._content_length = int(length) if length.isdigit() else None
        self._is_kept = message["status"] == 200 and named.get(b"content-encoding", b"identity") == b"identity"
        self._headers = [
            header
            for header in message["headers"]
            if header[0] not in _OF_ONE_CALL_NAMES and not header[0].startswith(_OF_ONE_CALL)
        ]

    def _take(self, message: Message) -> None:
        self._has_ended = not message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        self._size += len(chunk)
        if self._size > MOST_ENTRY_BYTES:
            self._is_kept = False
            self._chunks.clear()
        elif self._is_kept and chunk:
            self._chunks.append(chunk)
