"""Counters of one process: exact, fast, and gone when it stops."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from gateway.limits.counters import SLOTS, Correction, Standing, Verdict, Want, is_enough

_MOST_COUNTERS = 200_000
"""Above it counters are forgotten, for people choose the names of segments: of the scope that has most of them the one
not used for longest, so that nobody has another's counters forgotten."""


class _Counter:
    __slots__ = ("slots", "used")

    def __init__(self) -> None:
        self.slots: deque[list[int]] = deque()
        """Pairs of slot and amount, the oldest first."""
        self.used = 0

    def advance(self, slot: int) -> None:
        """Lets go of what counts no longer in that slot."""
        while self.slots and self.slots[0][0] < slot - SLOTS:
            self.used -= self.slots.popleft()[1]

    def add(self, slot: int, amount: int) -> None:
        if not self.slots or self.slots[-1][0] < slot:
            self.slots.append([slot, 0])
        self.slots[-1][1] += amount
        self.used += amount

    def correct(self, slot: int, amount: int) -> None:
        for pair in self.slots:
            if pair[0] == slot:
                pair[1] += amount
                self.used += amount
                return


class MemoryCounters:
    """Counters by a clock that never goes back. Used inside one event loop, so each method is atomic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._scopes: dict[str, OrderedDict[str, _Counter]] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    async def reserve(self, scope: str, wants: Sequence[Want]) -> Verdict:
        now = int(self._clock() * 1000)
        counters = [self._counter(scope, want, now) for want in wants]
        for place, (want, counter) in enumerate(zip(wants, counters, strict=True)):
            if not is_enough(want, counter.used):
                standings = [_standing(each, of, now) for each, of in zip(wants, counters, strict=True)]
                return Verdict(standings, place, _retry_ms(want, counter, now))
        return Verdict([_take(want, counter, now) for want, counter in zip(wants, counters, strict=True)])

    async def settle(self, scope: str, corrections: Sequence[Correction]) -> None:
        counters = self._scopes.get(scope, OrderedDict())
        for correction in corrections:
            counter = counters.get(correction.want.counter)
            if counter is not None:
                counter.correct(correction.slot, correction.amount)

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _counter(self, scope: str, want: Want, now: int) -> _Counter:
        counters = self._scopes.setdefault(scope, OrderedDict())
        counter = counters.get(want.counter)
        if counter is None:
            if self._size >= _MOST_COUNTERS:
                self._forget_one()
            counter = counters[want.counter] = _Counter()
            self._size += 1
        else:
            counters.move_to_end(want.counter)
        counter.advance(now // want.slot_ms)
        return counter

    def _forget_one(self) -> None:
        max(self._scopes.values(), key=len).popitem(last=False)
        self._size -= 1


def _take(want: Want, counter: _Counter, now: int) -> Standing:
    slot = now // want.slot_ms
    counter.add(slot, want.amount)
    return Standing(counter.used, _until_passed(want, counter.slots[0][0], now), slot)


def _standing(want: Want, counter: _Counter, now: int) -> Standing:
    oldest = next((slot for slot, amount in counter.slots if amount), None)
    return Standing(counter.used, 0 if oldest is None else _until_passed(want, oldest, now))


def _retry_ms(want: Want, counter: _Counter, now: int) -> int:
    used = counter.used
    for slot, amount in counter.slots:
        used -= amount
        if is_enough(want, used):
            return _until_passed(want, slot, now)
    return want.window_ms


def _until_passed(want: Want, slot: int, now: int) -> int:
    return (slot + SLOTS + 1) * want.slot_ms - now
