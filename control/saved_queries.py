"""Queries that an organization keeps by name, with the parameters they take.

What a query means and whether it may run is not known here: the api asks HQL before it saves one.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from control.clock import utc
from control.errors import AlreadyExists, InvalidValue
from control.tables import saved_queries

MOST_PER_ORGANIZATION = 1000
MOST_NAME_CHARACTERS = 255
_MOST_DESCRIPTION_CHARACTERS = 4000


@dataclass(frozen=True)
class Parameter:
    """A value that a query takes when it is run."""

    type: str
    """Its ClickHouse type, such as UInt8."""
    default: Any = None
    """The value taken where none is given; None if one must be given."""


@dataclass(frozen=True)
class Text:
    """What people write: the query, and what they say about it."""

    name: str
    sql: str
    description: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True)
class SavedQuery:
    """One kept query."""

    id: UUID
    organization_id: UUID
    text: Text
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


def create(engine: Engine, organization_id: UUID, text: Text, *, by: str, now: datetime | None = None) -> SavedQuery:
    """Keeps a query. Raises InvalidValue, and AlreadyExists for a name that is taken."""
    moment = utc(now)
    made = SavedQuery(uuid4(), organization_id, _checked(text), moment, by, moment, by)
    row = {
        "id": made.id,
        "organization_id": organization_id,
        "created_at": moment,
        "created_by": by,
        **_changed(made.text, by, moment),
    }
    with _naming(engine, made.text.name) as connection:
        counted = sa.select(sa.func.count()).where(saved_queries.c.organization_id == organization_id)
        if connection.execute(counted).scalar_one() >= MOST_PER_ORGANIZATION:
            raise InvalidValue(f"your organization keeps {MOST_PER_ORGANIZATION:,} queries; delete some first")
        connection.execute(sa.insert(saved_queries).values(row))
    return made


def in_organization(engine: Engine, organization_id: UUID) -> list[SavedQuery]:
    """Returns the organization's queries by name."""
    query = sa.select(saved_queries).where(saved_queries.c.organization_id == organization_id)
    with engine.connect() as connection:
        return [_query(row) for row in connection.execute(query.order_by(saved_queries.c.name))]


def find(engine: Engine, organization_id: UUID, query_id: UUID) -> SavedQuery | None:
    """Returns one of the organization's queries; None if it has no such query."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(saved_queries).where(_mine(organization_id, [query_id]))).one_or_none()
    return None if row is None else _query(row)


def change(
    engine: Engine, organization_id: UUID, query_id: UUID, text: Text, *, by: str, now: datetime | None = None
) -> SavedQuery | None:
    """Replaces what a query says; None if the organization has no such query. Raises as `create` does."""
    values = _changed(_checked(text), by, utc(now))
    with _naming(engine, text.name) as connection:
        changed = sa.update(saved_queries).where(_mine(organization_id, [query_id])).values(values)
        connection.execute(changed)
    return find(engine, organization_id, query_id)


def remove(engine: Engine, organization_id: UUID, query_ids: Collection[UUID]) -> int:
    """Deletes queries of the organization and returns how many there were."""
    with engine.begin() as connection:
        return connection.execute(sa.delete(saved_queries).where(_mine(organization_id, query_ids))).rowcount


@contextmanager
def _naming(engine: Engine, name: str) -> Iterator[Connection]:
    """A transaction that tells a taken name."""
    try:
        with engine.begin() as connection:
            yield connection
    except IntegrityError as error:
        raise AlreadyExists(f"there is a saved query `{name}`; choose another name") from error


def _checked(text: Text) -> Text:
    name = text.name.strip()
    if not 0 < len(name) <= MOST_NAME_CHARACTERS or not name.isprintable():
        raise InvalidValue(f"a saved query's name is one line of 1 to {MOST_NAME_CHARACTERS} characters")
    if len(text.description) > _MOST_DESCRIPTION_CHARACTERS or "\0" in text.description:
        raise InvalidValue(f"a description is text of at most {_MOST_DESCRIPTION_CHARACTERS:,} characters")
    if "\0" in text.sql:
        raise InvalidValue("the query holds a character that no text has: \\0")
    return Text(name, text.sql, text.description.strip(), text.parameters)


def _changed(text: Text, by: str, moment: datetime) -> dict[str, Any]:
    return asdict(text) | {"updated_at": moment, "updated_by": by}


def _mine(organization_id: UUID, query_ids: Collection[UUID]) -> sa.ColumnElement[bool]:
    return (saved_queries.c.organization_id == organization_id) & saved_queries.c.id.in_(list(query_ids))


def _query(row: sa.Row[Any]) -> SavedQuery:
    parameters = {name: Parameter(**fields) for name, fields in row.parameters.items()}
    text = Text(row.name, row.sql, row.description, parameters)
    return SavedQuery(row.id, row.organization_id, text, row.created_at, row.created_by, row.updated_at, row.updated_by)
