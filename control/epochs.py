"""Epochs: numbers that grow when rows are changed in place.

A cached answer is good as long as its data is; newer rows show in the data itself, but a replaced or deleted row may
not. Whoever replaces, deletes or re-prices rows bumps the warehouse's epoch, and older answers are not served again.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.database import upsert
from control.tables import epochs

WAREHOUSE = "warehouse"


def current(engine: Engine, name: str = WAREHOUSE) -> int:
    """Returns the epoch; 0 if nothing was ever changed in place."""
    with engine.connect() as connection:
        return connection.execute(sa.select(epochs.c.value).where(epochs.c.name == name)).scalar_one_or_none() or 0


def bump(engine: Engine, name: str = WAREHOUSE) -> int:
    """Begins the next epoch and returns it; called after the change, so that no older answer is kept beyond it."""
    with engine.begin() as connection:
        insert = upsert(connection, epochs).values(name=name, value=1)
        bumped: int = connection.execute(
            insert.on_conflict_do_update(index_elements=["name"], set_={"value": epochs.c.value + 1}).returning(
                epochs.c.value
            )
        ).scalar_one()
    return bumped
