"""How long a client is waited for: to say what it has begun, to ask again, and to take its answer."""

import asyncio
import fcntl
import termios
from array import array
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may take its time for."""

    head_seconds: float = 30.0
    """How long a request's head may take."""
    body_seconds: float = 60.0
    """How long a client may be silent in the middle of a body."""
    keep_alive_seconds: float = 75.0
    """How long it may be silent between two requests."""
    taking_seconds: float = 60.0
    """How long it may take nothing of what has been written for it."""


USUAL = Limits()


class Client(Protocol):
    """The one who is waited for."""

    @property
    def allowed_seconds(self) -> float | None:
        """How long it may be silent where it is now; None while nothing is waited for."""

    def was_too_slow(self) -> None:
        """It said nothing for so long."""


class Patience:
    """The time of one connection."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, limits: Limits, client: Client
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._client = client
        self._taking_seconds = limits.taking_seconds
        self._unsent_bytes = 0
        """What the client had not taken when that was last looked at."""
        now = self._loop.time()
        self._since = now
        """When that began which is waited for."""
        self._taken_at = now
        """When the client was last seen to take something."""
        # One timer for all that has its time: one for each would cost more than what is timed.
        self._shortest_seconds = min(
            limits.head_seconds, limits.body_seconds, limits.keep_alive_seconds, limits.taking_seconds
        )
        self._timer = loop.call_later(self._shortest_seconds, self._look)

    def begin(self) -> None:
        """From now on the client has its time anew."""
        self._since = self._loop.time()

    def end(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        if self._takes_nothing(now):
            # What it has not taken would be kept for it, and the connection with it.
            self._transport.abort()
            return
        left, allowed = self._shortest_seconds, self._client.allowed_seconds
        if allowed is not None:
            left = min(left, self._since + allowed - now)
            if left <= 0:
                left = self._shortest_seconds
                self._client.was_too_slow()
        self._timer = self._loop.call_later(left, self._look)

    def _takes_nothing(self, now: float) -> bool:
        """Whether the client has for too long taken nothing of what waits for it."""
        unsent = self._transport.get_write_buffer_size()
        if unsent:
            # The system takes no more before a third of what it holds is gone: a slow client alone would look idle.
            unsent += _held_by_system(self._transport)
        if unsent == 0 or unsent != self._unsent_bytes:
            self._unsent_bytes, self._taken_at = unsent, now
        return now - self._taken_at >= self._taking_seconds


def _held_by_system(transport: asyncio.Transport) -> int:
    """Returns how many bytes the system has been given and the client has not acknowledged; 0 where it does not say."""
    count = array("i", [0])
    with suppress(OSError):
        fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, count)
    return count[0]
