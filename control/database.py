"""Opens the application database and brings it up to date.

SQLite serves one machine, PostgreSQL serves many; nothing else in `control` knows which one it is. The gateway imports
this module, so alembic is imported only where the tables are migrated.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

BUSY_TIMEOUT_SECONDS = 10
"""How long a writer waits for another one on SQLite before it gives up."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x77656972
"""The advisory lock that keeps two processes from migrating one PostgreSQL database at once."""


def open_database(url: str) -> Engine:
    """Returns an engine for `sqlite:///path` or `postgresql://…`. Connects to nothing yet."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise ValueError(
        f"database {parsed.render_as_string(hide_password=True)} is of an unknown kind; "
        "use sqlite:///path/to/weir.db or postgresql://user:password@host/name"
    )


def migrate(engine: Engine) -> None:
    """Applies the migrations that are missing; does nothing where none is. Safe to call from several processes."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        _lock_migrations(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def upsert(connection: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Returns an insert that can say `on conflict`, which both databases spell alike but SQLAlchemy keeps apart."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def is_ready(engine: Engine) -> bool:
    """Whether the database answers and has been migrated."""
    with engine.connect() as connection:
        return sa.inspect(connection).has_table("alembic_version")


def _open_sqlite(url: sa.URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
    sa.event.listen(engine, "connect", _configure_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode = wal")
    cursor.execute("pragma synchronous = normal")
    cursor.execute("pragma foreign_keys = on")
    cursor.close()


def _lock_migrations(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    else:
        connection.exec_driver_sql("begin immediate")
