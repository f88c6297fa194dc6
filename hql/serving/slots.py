"""Places for running queries, given so that no organization takes the warehouse from the others.

All together run no more queries than the warehouse carries. An organization begins another one while more places are
free than it has running; what it has used lately counts as running too. So places are left over for who comes next,
however many want all of them, and whoever asks for little waits for nobody's half minute. Waiting itself is bounded,
since each that waits holds a thread.

A place is held until the engine has ended the query, which may be after its caller was told that it took too long.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Condition
from uuid import UUID

from hql.errors import Busy
from hql.serving.overruns import Overruns

HALF_LIFE_SECONDS = 60.0
"""After so long, half of what an organization has used is forgotten."""

SECONDS_PER_PLACE = 30.0
"""So long a use counts as one query more that runs."""

_HINT = "wait for one of them, or cancel it"


@dataclass
class _Use:
    """What an organization does and did."""

    running: list[float] = field(default_factory=list)
    """When each of its queries began."""
    waiting: int = 0
    ended: float = 0.0
    """How many seconds its other queries have run, as it counted at `at`."""
    at: float = 0.0

    def lately(self, now: float) -> float:
        """For how many seconds its queries have run."""
        return float(self.ended * 0.5 ** ((now - self.at) / HALF_LIFE_SECONDS)) + sum(
            now - each for each in self.running
        )

    def end(self, began: float, now: float) -> None:
        self.running.remove(began)
        self.ended = float(self.ended * 0.5 ** ((now - self.at) / HALF_LIFE_SECONDS)) + now - began
        self.at = now


class Slots:
    """Places for running queries; thread-safe."""

    def __init__(
        self,
        at_once: int = 8,
        per_organization: int = 4,
        most_waiting: int = 12,
        wait_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once = at_once
        self._per_organization = per_organization
        self._most_waiting = most_waiting
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._uses: dict[UUID, _Use] = {}
        self._waiting: list[UUID] = []
        """Who waits, one entry for each query, the longest first."""
        self._changed = Condition()
        self._overruns = Overruns()

    @contextmanager
    def held(self, organization_id: UUID, still_runs: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Takes a place for the block, after waiting for a free one; raises Busy.

        Whatever the block did not see end, `still_runs` tells of: the place is given back when that is over too.
        """
        with self._changed:
            use = self._uses.setdefault(organization_id, _Use(at=self._clock()))
            self._wait(organization_id, use)
            began = self._clock()
            use.running.append(began)
            # The next place may be free for somebody else already.
            self._changed.notify_all()
        try:
            yield
        finally:
            self._overruns.when_over(still_runs, partial(self._give_back, use, began))

    def _give_back(self, use: _Use, began: float) -> None:
        with self._changed:
            use.end(began, self._clock())
            self._forget()
            self._changed.notify_all()

    def _wait(self, organization_id: UUID, use: _Use) -> None:
        if use.waiting >= self._most_waiting:
            raise Busy("too_many_queries", f"{use.waiting} queries of your organization are waiting", hint=_HINT)
        deadline = time.monotonic() + self._wait_seconds
        use.waiting += 1
        self._waiting.append(organization_id)
        try:
            while self._next() != organization_id:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise self._busy(use)
        finally:
            use.waiting -= 1
            self._waiting.remove(organization_id)

    def _next(self) -> UUID | None:
        """Whose query may begin now: of who may have a place, who runs least, then who has used least lately."""
        now = self._clock()
        free = self._at_once - sum(len(use.running) for use in self._uses.values())
        ranks = {each: self._rank(self._uses[each], now) for each in self._waiting}
        may_begin = [
            each
            for each in self._waiting
            if sum(ranks[each]) < free and len(self._uses[each].running) < self._per_organization
        ]
        return min(may_begin, key=lambda each: ranks[each], default=None)

    def _rank(self, use: _Use, now: float) -> tuple[int, int]:
        return len(use.running), int(use.lately(now) / SECONDS_PER_PLACE)

    def _busy(self, use: _Use) -> Busy:
        if len(use.running) >= self._per_organization:
            return Busy("too_many_queries", f"{len(use.running)} queries of your organization are running", hint=_HINT)
        if (seconds := use.lately(self._clock())) > SECONDS_PER_PLACE:
            message = f"queries of your organization have run for {seconds:,.0f} seconds lately, and others wait"
            return Busy("busy", message, hint="try again in a minute, or ask for less at once")
        return Busy("busy", "the warehouse runs as many queries as it may", hint="try again in a moment")

    def _forget(self) -> None:
        """Drops organizations of which nothing is left to know."""
        now = self._clock()
        for each, use in list(self._uses.items()):
            if not use.running and not use.waiting and use.lately(now) < 1:
                del self._uses[each]
