"""What waits on the disks of gateways and apis: each writer says since when, so that a deletion knows when nothing of
before it can come any more.

A writer that stops with an empty spool takes its word back. One that dies leaves it; whoever takes over its files takes
it back when they are shipped. A word that nobody renews or takes back for a day counts as a lost disk.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.clock import utc
from control.database import upsert
from control.tables import heartbeats

LOST_AFTER = timedelta(days=1)
"""How long nothing is heard of a writer until its disk is given up. What comes from it later is recognised all the
same when it is loaded."""

_PREFIX = "spool "


def tell(engine: Engine, writer_id: str, shipped_until: datetime) -> None:
    """Says that every record the writer took before that moment is in the object store."""
    row = {"name": _PREFIX + writer_id, "at": utc(), "counts": {"shipped_until": int(shipped_until.timestamp())}}
    with engine.begin() as connection:
        insert = upsert(connection, heartbeats).values(row)
        connection.execute(
            insert.on_conflict_do_update(index_elements=["name"], set_={"at": row["at"], "counts": row["counts"]})
        )


def take_back(engine: Engine, writer_id: str) -> None:
    """Says that nothing of this writer is on a disk any more."""
    with engine.begin() as connection:
        connection.execute(sa.delete(heartbeats).where(heartbeats.c.name == _PREFIX + writer_id))


def not_shipped(engine: Engine, before: datetime, *, now: datetime | None = None) -> list[str]:
    """Returns the writers that may hold records of before that moment, less those whose disks are given up."""
    query = sa.select(heartbeats).where(heartbeats.c.name.startswith(_PREFIX, autoescape=True))
    with engine.connect() as connection:
        rows = connection.execute(query.where(heartbeats.c.at > utc(now) - LOST_AFTER)).all()
    return sorted(row.name.removeprefix(_PREFIX) for row in rows if row.counts["shipped_until"] <= before.timestamp())
