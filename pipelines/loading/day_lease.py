"""The right to write one day of the warehouse.

Whoever loads, re-models or deletes a day holds its lease. It is short and prolonged while work goes on, so a process
that dies blocks the day for seconds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from sqlalchemy.engine import Engine

from control import leases

LIFETIME = timedelta(seconds=20)


class DayTaken(Exception):
    """Another process writes the day; try again later."""


class LeaseLost(Exception):
    """The lease ran out and may be another's by now; what was prepared must not be written."""


class DayLease:
    """A held lease."""

    def __init__(self, engine: Engine, lease: leases.Lease) -> None:
        self._engine = engine
        self._lease = lease

    def check(self) -> None:
        """Prolongs the lease, right before a write; raises LeaseLost."""
        renewed = leases.renew(self._engine, self._lease, LIFETIME)
        if renewed is None:
            raise LeaseLost(f"the lease `{self._lease.name}` ran out before the write")
        self._lease = renewed

    def release(self) -> None:
        leases.release(self._engine, self._lease)


@contextmanager
def day_lease(engine: Engine, day: date, holder: str) -> Iterator[DayLease]:
    """Holds the day's lease; raises DayTaken if another holder has it."""
    taken = leases.acquire(engine, f"day {day}", holder, LIFETIME)
    if taken is None:
        raise DayTaken(f"another process writes {day}")
    lease = DayLease(engine, taken)
    try:
        yield lease
    finally:
        lease.release()
