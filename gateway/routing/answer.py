"""What an attempt got, ready to be passed on: a response on its way, or one that is held because it may be the last."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from gateway.routing.plan import Candidate
from gateway.targets.doors import Target
from providers.dialects.chat_completions.include_usage import UsageChunkFilter
from providers.translation.translate import ResponseTranslator


class ProviderResponse(Protocol):
    """A provider's response whose body is read piece by piece."""

    @property
    def status(self) -> int:
        """Its HTTP status."""

    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]:
        """As they came."""

    async def read(self) -> bytes:
        """Returns what has arrived, waiting for something to arrive; nothing at the end of the body."""

    @property
    def is_complete(self) -> bool:
        """Whether everything has been read, as far as is known yet."""

    def close(self) -> None:
        """Lets go of the connection."""


class Answer(msgspec.Struct):
    """A response and what is to be done with it."""

    candidate: Candidate
    target: Target
    """Where it came from, the whole address known."""
    response: ProviderResponse
    usage_filter: UsageChunkFilter | None = None
    translator: ResponseTranslator | None = None
    begun: bytes = b""
    """What has been read of the body already, to see whether it is worth passing on."""


class HeldResponse:
    """A response that has been read to its end, kept for the case that nobody gives a better one."""

    __slots__ = ("_body", "headers", "status")

    def __init__(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self._body = body

    async def read(self) -> bytes:
        body, self._body = self._body, b""
        return body

    @property
    def is_complete(self) -> bool:
        return not self._body

    def close(self) -> None:
        """There is no connection any more."""
