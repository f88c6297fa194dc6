"""Retention: for how many days an organization keeps what was recorded of its calls. Without a rule it is for ever."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.clock import utc
from control.database import upsert
from control.errors import InvalidValue
from control.tables import retention

MOST_DAYS = 36_500


@dataclass(frozen=True)
class Retention:
    """The rule of one organization."""

    organization_id: UUID
    days: int | None = None
    """Whole UTC days that are kept beside the present one; None for ever."""
    changed_at: datetime | None = None
    changed_by: str | None = None
    applied_until: date | None = None
    """Everything before this day was looked through and deleted."""

    def first_kept(self, today: date) -> date | None:
        """The first day that is kept; None if every day is."""
        return None if self.days is None else today - timedelta(days=self.days)


def put(engine: Engine, organization_id: UUID, days: int | None, *, by: str, now: datetime | None = None) -> Retention:
    """Sets the rule; None keeps everything from now on. Raises InvalidValue."""
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise InvalidValue(f"`days` is a number from 1 to {MOST_DAYS}, or null to keep everything")
    changed = {"days": days, "changed_at": utc(now), "changed_by": by}
    with engine.begin() as connection:
        insert = upsert(connection, retention).values({"organization_id": organization_id} | changed)
        connection.execute(insert.on_conflict_do_update(index_elements=["organization_id"], set_=changed))
    return of(engine, organization_id)


def of(engine: Engine, organization_id: UUID) -> Retention:
    """Returns the organization's rule."""
    found = _read(engine, retention.c.organization_id == organization_id)
    return found[0] if found else Retention(organization_id)


def rules(engine: Engine) -> list[Retention]:
    """Returns every rule by which something is deleted."""
    return _read(engine, retention.c.days.is_not(None))


def applied(engine: Engine, organization_id: UUID, until: date) -> None:
    """Says that everything of the organization before that day is deleted."""
    change = sa.update(retention).where(retention.c.organization_id == organization_id)
    with engine.begin() as connection:
        connection.execute(change.values(applied_until=until))


def _read(engine: Engine, condition: sa.ColumnElement[bool]) -> list[Retention]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(retention).where(condition).order_by(retention.c.organization_id))
        return [_retention(row) for row in rows]


def _retention(row: sa.Row[Any]) -> Retention:
    return Retention(row.organization_id, row.days, row.changed_at, row.changed_by, row.applied_until)
