"""A provider's response on its way: filled by a connection, read by whoever passes it on."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from gateway.asgi import Headers
from gateway.errors import UpstreamError

MOST_HELD_BYTES = 256 * 1024
"""What may wait for a slow reader; beyond it the provider is read no further."""


class Source(Protocol):
    """Where a response comes from."""

    def resume_reading(self) -> None:
        """The reader of a response has caught up."""

    def drop(self, response: "UpstreamResponse") -> None:
        """Nobody wants the rest of this response."""


class UpstreamResponse:
    """A provider's response whose body is still on its way."""

    __slots__ = (
        "_chunks",
        "_error",
        "_held_bytes",
        "_is_ended",
        "_source",
        "_waiter",
        "headers",
        "host",
        "listener",
        "status",
    )

    def __init__(self, source: Source, host: str) -> None:
        self.status = 0
        """0 until the head has come."""
        self.headers: Headers = []
        self.host = host
        """What errors call the provider."""
        self._source = source
        self._chunks: list[bytes] = []
        self._held_bytes = 0
        self._is_ended = False
        self._error: UpstreamError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.listener: Callable[[], None] | None = None
        """Called instead of waking a reader, whenever there is something new: more of the body, its end, an error."""

    async def read(self) -> bytes:
        """Returns what has arrived, waiting for something to arrive; nothing at the end of the body.

        Raises UpstreamTimeout, UpstreamDisconnected or BadUpstream if the body stays incomplete.
        """
        while not self.has_news:
            await self._wait()
        return self.taken()

    @property
    def has_news(self) -> bool:
        """Whether `taken` has something to tell."""
        return bool(self._chunks) or self._is_ended or self._error is not None

    def taken(self) -> bytes:
        """Returns what has arrived; nothing at the end of the body. Raises what keeps the body incomplete."""
        if not self._chunks:
            if self._error is not None:
                raise self._error
            return b""
        chunks = self._chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        if self._held_bytes > MOST_HELD_BYTES and not self._is_ended:
            self._source.resume_reading()
        self._held_bytes = 0
        return body

    @property
    def is_complete(self) -> bool:
        """Whether everything has been read, as far as is known yet."""
        return self._is_ended and not self._chunks

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody can do nothing until more of it comes."""
        return self._waiter is not None or (self.listener is not None and not self._chunks)

    def close(self) -> None:
        """Cuts the connection if the response has not come to its end, so that the provider stops."""
        if not self._is_ended:
            self._source.drop(self)

    async def wait_for_head(self) -> None:
        """Raises UpstreamTimeout, UpstreamDisconnected or BadUpstream if none comes."""
        while not self.status:
            if self._error is not None:
                raise self._error
            await self._wait()

    def begin(self, status: int, headers: Headers) -> None:
        self.status, self.headers = status, headers

    def add(self, pieces: list[bytes]) -> bool:
        """Takes the next pieces of the body; returns whether no more is wanted for now."""
        self._chunks += pieces
        self._held_bytes += sum(map(len, pieces))
        return self._held_bytes > MOST_HELD_BYTES

    def end(self) -> None:
        self._is_ended = True

    def fail(self, error: UpstreamError) -> None:
        """Notes why nothing more will come; what has come can still be read."""
        if not self._is_ended and self._error is None:
            self._error = error

    def wake(self) -> None:
        """Lets the one who waits look again."""
        if self.listener is not None:
            self.listener()
        elif self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
