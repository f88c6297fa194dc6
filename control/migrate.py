"""Brings the application database up to date.

Apart from `control/database.py`, because alembic is heavy and the gateway shall not hold it.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection, Engine

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x77656972
"""The advisory lock that keeps two processes from migrating one PostgreSQL database at once."""


def migrate(engine: Engine) -> None:
    """Applies the migrations that are missing; does nothing where none is. Safe to call from several processes."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        _lock_migrations(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _lock_migrations(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    else:
        connection.exec_driver_sql("begin immediate")
