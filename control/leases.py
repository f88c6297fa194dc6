"""Leases: who may write a thing, such as a day of the warehouse, for how long.

A lease carries a fencing number that only grows. A holder renews it right before it writes, so one that slept through
its lease does not overwrite the work of the next. Every verb is one statement, atomic on both databases.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.clock import utc
from control.database import upsert
from control.tables import leases


@dataclass(frozen=True)
class Lease:
    name: str
    holder: str
    fence: int
    expires_at: datetime


def acquire(engine: Engine, name: str, holder: str, ttl: timedelta, *, now: datetime | None = None) -> Lease | None:
    """Takes the lease if nobody holds it; None if somebody does, the same holder included."""
    moment = utc(now)
    row = {"name": name, "holder": holder, "fence": 1, "expires_at": moment + ttl}
    with engine.begin() as connection:
        taken = connection.execute(
            upsert(connection, leases)
            .values(row)
            .on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": holder, "fence": leases.c.fence + 1, "expires_at": moment + ttl},
                where=leases.c.expires_at <= moment,
            )
            .returning(leases.c.fence)
        ).scalar_one_or_none()
    return None if taken is None else Lease(name, holder, taken, moment + ttl)


def renew(engine: Engine, lease: Lease, ttl: timedelta, *, now: datetime | None = None) -> Lease | None:
    """Prolongs a lease that is still held; None if it was lost."""
    moment = utc(now)
    change = sa.update(leases).where(_is(lease), leases.c.expires_at > moment).values(expires_at=moment + ttl)
    with engine.begin() as connection:
        renewed = connection.execute(change).rowcount > 0
    return replace(lease, expires_at=moment + ttl) if renewed else None


def release(engine: Engine, lease: Lease, *, now: datetime | None = None) -> bool:
    """Gives the lease back; False if it had been lost. The row stays, so that the fencing number keeps growing."""
    moment = utc(now)
    change = sa.update(leases).where(_is(lease), leases.c.expires_at > moment).values(expires_at=moment)
    with engine.begin() as connection:
        return connection.execute(change).rowcount > 0


def _is(lease: Lease) -> sa.ColumnElement[bool]:
    return (leases.c.name == lease.name) & (leases.c.fence == lease.fence)
