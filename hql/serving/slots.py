"""How many queries an organization may run at once, so that one does not take the warehouse from the others."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from uuid import UUID

from hql.errors import Busy


class Slots:
    """Places for running queries, the same number for every organization; thread-safe."""

    def __init__(self, per_organization: int = 4, wait_seconds: float = 10.0) -> None:
        self._per_organization = per_organization
        self._wait_seconds = wait_seconds
        self._taken: dict[UUID, int] = {}
        self._changed = Condition()

    @contextmanager
    def held(self, organization_id: UUID) -> Iterator[None]:
        """Takes a place for as long as the block runs, after waiting for a free one; raises Busy."""
        deadline = time.monotonic() + self._wait_seconds
        with self._changed:
            while self._taken.get(organization_id, 0) >= self._per_organization:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise Busy(
                        "too_many_queries",
                        f"{self._per_organization} queries of your organization are running",
                        hint="wait for one of them, or cancel it",
                    )
            self._taken[organization_id] = self._taken.get(organization_id, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                self._taken[organization_id] -= 1
                if not self._taken[organization_id]:
                    del self._taken[organization_id]
                self._changed.notify_all()
