"""Organizations: what keys, members and rows belong to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.clock import utc
from control.errors import AlreadyExists, InvalidValue
from control.tables import organizations


@dataclass(frozen=True)
class Organization:
    id: UUID
    name: str
    created_at: datetime


def create(
    engine: Engine, name: str, *, organization_id: UUID | None = None, now: datetime | None = None
) -> Organization:
    """Makes an organization; its name is its own in this installation."""
    if not 1 <= len(name.strip()) <= 200:
        raise InvalidValue("an organization needs a name of 1 to 200 characters")
    made = Organization(organization_id or uuid4(), name.strip(), utc(now))
    try:
        with engine.begin() as connection:
            connection.execute(sa.insert(organizations).values(id=made.id, name=made.name, created_at=made.created_at))
    except sa.exc.IntegrityError as error:
        raise AlreadyExists(f"an organization `{made.name}` exists; choose another name") from error
    return made


def get(engine: Engine, organization_id: UUID) -> Organization | None:
    return _one(engine, organizations.c.id == organization_id)


def find_by_name(engine: Engine, name: str) -> Organization | None:
    return _one(engine, organizations.c.name == name.strip())


def all_of(engine: Engine) -> list[Organization]:
    """Returns every organization, by name."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(organizations).order_by(organizations.c.name))
        return [Organization(row.id, row.name, row.created_at) for row in rows]


def _one(engine: Engine, condition: sa.ColumnElement[bool]) -> Organization | None:
    with engine.connect() as connection:
        row = connection.execute(sa.select(organizations).where(condition)).one_or_none()
    return None if row is None else Organization(row.id, row.name, row.created_at)
