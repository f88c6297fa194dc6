"""What counts usage against limits: one protocol, kept in memory or in Redis.

A window is divided into slots; an amount counts from its slot on until the whole window has passed, and at most a
sixtieth of it longer, so that no window of that length ever holds more than was let through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

SLOTS = 60


@dataclass(frozen=True, slots=True)
class Want:
    """What a call is going to use up of one limit."""

    counter: str
    quota: int
    window_ms: int
    amount: int
    is_whole: bool
    """Whether all of the amount must be left. If not it is a guess, and anything left is enough to let the call go."""

    @property
    def slot_ms(self) -> int:
        return slot_ms(self.window_ms)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one limit stands once it was asked."""

    used: int
    """With what was reserved, if it was; an overshoot counts in full."""
    reset_ms: int
    """Until the oldest usage stops counting; 0 if there is none."""
    slot: int = 0
    """The slot it was reserved in."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of asking all limits of a call at once: all of them were reserved, or none."""

    standings: Sequence[Standing]
    refused: int | None = None
    """Which of them has not enough left."""
    retry_ms: int = 0
    """Until that one would have."""


@dataclass(frozen=True, slots=True)
class Correction:
    """By how much a reservation differs from what was used."""

    want: Want
    slot: int
    amount: int


class CountersAway(Exception):
    """The counters cannot be asked right now."""


class Counters(Protocol):
    """Counters of usage. `scope` keeps what is asked at once in one place: an organization."""

    async def reserve(self, scope: str, wants: Sequence[Want]) -> Verdict:
        """Reserves all or nothing, atomically. Raises CountersAway."""

    async def settle(self, scope: str, corrections: Sequence[Correction]) -> None:
        """Corrects reservations whose slots still count. Raises CountersAway."""

    async def close(self) -> None:
        """Lets go of connections."""


def slot_ms(window_ms: int) -> int:
    return max(1, window_ms // SLOTS)


def is_enough(want: Want, used: int) -> bool:
    left = want.quota - used
    return left >= want.amount if want.is_whole else left > 0
