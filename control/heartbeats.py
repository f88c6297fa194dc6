"""Signs of life: what a process last said about itself, and when.

The pipelines report how much waits to be loaded; the api tells it to people who ask how fresh their data is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.clock import utc
from control.database import upsert
from control.tables import heartbeats


@dataclass(frozen=True)
class Heartbeat:
    """One process by name, with what it counted."""

    name: str
    at: datetime
    counts: Mapping[str, int]


def beat(engine: Engine, name: str, counts: Mapping[str, int] | None = None, *, now: datetime | None = None) -> None:
    """Says that the process is alive, and what it counts right now."""
    row = {"name": name, "at": utc(now), "counts": dict(counts or {})}
    with engine.begin() as connection:
        insert = upsert(connection, heartbeats).values(row)
        connection.execute(
            insert.on_conflict_do_update(index_elements=["name"], set_={"at": row["at"], "counts": row["counts"]})
        )


def last(engine: Engine, name: str) -> Heartbeat | None:
    """Returns the latest sign of life, or None if there never was one."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(heartbeats).where(heartbeats.c.name == name)).one_or_none()
    return None if row is None else Heartbeat(row.name, row.at, row.counts)
