"""The state of an organization's data: what an answer was computed from.

The version of a table is the newest `loaded_at` and the number of the organization's rows in it; sessions and
usage_hourly carry the `loaded_at` of the requests they sum up. An epoch beside it is bumped by whatever changes rows
in place: replace, delete, re-price.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from uuid import UUID, uuid4

from hql.serving.connections import Connections, Question
from hql.serving.execute import rows

_TIMEOUT_SECONDS = 10.0
_REMEMBERED = 10_000


@dataclass(frozen=True)
class _State:
    """What is known of tables together."""

    asked_at: float
    version: str
    row_count: int


class Versions:
    """Asks for versions, and remembers each for a moment; thread-safe."""

    def __init__(
        self,
        connections: Connections,
        database: str,
        *,
        epoch: Callable[[UUID], int] = lambda organization_id: 0,
        seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connections = connections
        self._database = database
        self._epoch = epoch
        self._seconds = seconds
        self._clock = clock
        self._known: dict[tuple[UUID, tuple[str, ...]], _State] = {}
        self._lock = Lock()

    def current(self, organization_id: UUID, tables: tuple[str, ...]) -> str:
        """Returns the version of the tables together; raises HqlError."""
        return self._state(organization_id, tables).version

    def row_count(self, organization_id: UUID, tables: tuple[str, ...]) -> int:
        """Returns how many rows the organization has in the tables together; raises HqlError."""
        return self._state(organization_id, tables).row_count

    def _state(self, organization_id: UUID, tables: tuple[str, ...]) -> _State:
        key = (organization_id, tables)
        now = self._clock()
        with self._lock:
            known = self._known.get(key)
        if known is not None and now - known.asked_at < self._seconds:
            return known
        epoch = self._epoch(organization_id)
        told = self._asked(organization_id, tables)
        version = f"{epoch};{';'.join(sorted(','.join(map(str, row)) for row in told))}"
        state = _State(now, version, sum(int(str(row[2])) for row in told))
        with self._lock:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = state
        return state

    def _asked(self, organization_id: UUID, tables: tuple[str, ...]) -> list[list[object]]:
        if not tables:
            return []
        sql = " UNION ALL ".join(
            f"SELECT '{table}', toString(max(loaded_at)), count() FROM {self._database}.{table} "  # noqa: S608
            f"PREWHERE organization_id = toUUID('{organization_id}')"
            for table in tables
        )
        question = Question(organization_id, sql, f"version-{uuid4().hex}", _TIMEOUT_SECONDS)
        return rows(self._connections, question, sql)
