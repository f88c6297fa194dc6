"""Places for running queries, given so that no organization takes the warehouse from the others.

An organization runs a few queries at once, and all together run no more than the warehouse carries. Of those that wait,
the organization with the fewest running comes first, and among equals the one that has used the least lately: whoever
asks for much waits behind whoever asks for little. Waiting itself is bounded, since each that waits holds a thread.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition
from uuid import UUID

from hql.errors import Busy

HALF_LIFE_SECONDS = 60.0
"""After so long, half of what an organization has used is forgotten."""

_HINT = "wait for one of them, or cancel it"


@dataclass
class _Use:
    """What an organization does and did."""

    running: int = 0
    waiting: int = 0
    seconds: float = 0.0
    """How long its queries have run, as it counted at `at`."""
    at: float = 0.0

    def lately(self, now: float) -> float:
        return float(self.seconds * 0.5 ** ((now - self.at) / HALF_LIFE_SECONDS))


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

    @contextmanager
    def held(self, organization_id: UUID) -> Iterator[None]:
        """Takes a place for as long as the block runs, after waiting for a free one; raises Busy."""
        with self._changed:
            use = self._uses.setdefault(organization_id, _Use(at=self._clock()))
            self._wait(organization_id, use)
            use.running += 1
            began = self._clock()
            # The next place may be free for somebody else already.
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                now = self._clock()
                use.seconds, use.at = use.lately(now) + now - began, now
                use.running -= 1
                self._forget(now)
                self._changed.notify_all()

    def _wait(self, organization_id: UUID, use: _Use) -> None:
        if use.waiting >= self._most_waiting:
            raise Busy("too_many_queries", f"{use.waiting} queries of your organization wait already", hint=_HINT)
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
        """Whose query may begin now."""
        if sum(use.running for use in self._uses.values()) >= self._at_once:
            return None
        now = self._clock()
        may_run = [each for each in self._waiting if self._uses[each].running < self._per_organization]
        return min(
            may_run, key=lambda each: (self._uses[each].running, round(self._uses[each].lately(now))), default=None
        )

    def _busy(self, use: _Use) -> Busy:
        if use.running >= self._per_organization:
            return Busy("too_many_queries", f"{use.running} queries of your organization are running", hint=_HINT)
        return Busy("busy", "the warehouse runs as many queries as it may", hint="try again in a moment")

    def _forget(self, now: float) -> None:
        """Drops organizations of which nothing is left to know."""
        idle = [
            each for each, use in self._uses.items() if not use.running and not use.waiting and use.lately(now) < 0.1
        ]
        for each in idle:
            del self._uses[each]
