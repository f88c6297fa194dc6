"""Epochs: numbers that grow when rows are changed in place.

A cached answer is good as long as its data is; newer rows show in the data itself, but a replaced or deleted row may
not. Whoever replaces, deletes or re-prices rows bumps the warehouse's epoch, and older answers are not served again.

Tables whose rows others keep in memory have an epoch too, bumped by the transaction that changes a row, and each row
carries the epoch of its last change: so a reader learns with one small question whether to read, and reads only that.
The epoch's row stays locked until that transaction ends, so a reader that sees an epoch sees every row up to it.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from control.database import upsert
from control.tables import epochs

WAREHOUSE = "warehouse"
CACHE = "cache:"
"""What the names of the organizations' response caches begin with."""


def cache_of(organization_id: UUID) -> str:
    """Returns the name under which the epoch of an organization's response cache is kept; a purge bumps it."""
    return f"{CACHE}{organization_id}"


def current(engine: Engine, name: str = WAREHOUSE) -> int:
    """Returns the epoch; 0 if nothing was ever changed in place."""
    with engine.connect() as connection:
        return current_within(connection, name)


def current_within(connection: Connection, name: str) -> int:
    """As `current`, within a transaction."""
    return connection.execute(sa.select(epochs.c.value).where(epochs.c.name == name)).scalar_one_or_none() or 0


def all_of(engine: Engine, prefix: str) -> dict[str, int]:
    """Returns every epoch whose name begins so, by name."""
    query = sa.select(epochs.c.name, epochs.c.value).where(epochs.c.name.startswith(prefix, autoescape=True))
    with engine.connect() as connection:
        return {row.name: row.value for row in connection.execute(query)}


def bump(engine: Engine, name: str = WAREHOUSE) -> int:
    """Begins the next epoch and returns it; called after the change, so that no older answer is kept beyond it."""
    with engine.begin() as connection:
        return bump_within(connection, name)


def bump_within(connection: Connection, name: str) -> int:
    """Begins the next epoch together with the change that follows in the same transaction."""
    insert = upsert(connection, epochs).values(name=name, value=1)
    bumped: int = connection.execute(
        insert.on_conflict_do_update(index_elements=["name"], set_={"value": epochs.c.value + 1}).returning(
            epochs.c.value
        )
    ).scalar_one()
    return bumped
