"""How much an organization may read: a budget that fills up again with time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

from hql.errors import Busy

NO_BOUND = 1 << 60


class Scans:
    """What organizations have read lately; thread-safe.

    A query begins while anything is left, and may take more than that: what it reads is known when it has ended. Of one
    that fails or is stopped the engine does not say it; while such a one runs, the budget does not fill up.
    """

    def __init__(self, bytes_per_hour: int = NO_BOUND, clock: Callable[[], float] = time.monotonic) -> None:
        self._bytes_per_hour = bytes_per_hour
        self._clock = clock
        self._read: dict[UUID, tuple[float, float]] = {}
        """Bytes that count, and when they did."""
        self._lock = Lock()

    def admit(self, organization_id: UUID) -> None:
        """Raises Busy while the organization has read too much."""
        with self._lock:
            over = self._counting(organization_id) - self._bytes_per_hour
        if over >= 0:
            minutes = int(over / self._bytes_per_hour * 60) + 1
            raise Busy(
                "scan_quota",
                f"your organization has read more than {self._bytes_per_hour / (1 << 30):,.1f} GiB in an hour",
                hint=f"narrow the time range of its queries; it may go on in {minutes} min",
            )

    @contextmanager
    def counted(self, organization_id: UUID) -> Iterator[Callable[[int], None]]:
        """Counts what a query reads that runs in the block, which says at its end how many bytes that were."""
        began = self._clock()
        read: list[int] = []
        try:
            yield read.append
        finally:
            now = self._clock()
            bytes = sum(read) if read else (now - began) / 3600 * self._bytes_per_hour
            with self._lock:
                self._read[organization_id] = self._counting(organization_id) + bytes, now

    def _counting(self, organization_id: UUID) -> float:
        now = self._clock()
        bytes, at = self._read.get(organization_id, (0.0, now))
        return max(0.0, bytes - (now - at) / 3600 * self._bytes_per_hour)
