"""Opens the application database.

SQLite serves one machine, PostgreSQL serves many; nothing else in `control` knows which one it is. The tables are made
by `control/migrate.py`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from control.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

BUSY_TIMEOUT_SECONDS = 10
"""How long a writer waits for another one on SQLite before it gives up."""

_NOTICED_SOON = {
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""What libpq is told, so that a server that vanished is noticed within half a minute; by itself it waits for hours."""


def open_database(url: str) -> Engine:
    """Returns an engine for `sqlite:///path` or `postgresql://…`. Connects to nothing yet."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        # What the URL says itself wins.
        parsed = parsed.update_query_dict({**_NOTICED_SOON, **parsed.query})
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise ValueError(
        f"database {parsed.render_as_string(hide_password=True)} is of an unknown kind; "
        "use sqlite:///path/to/weir.db or postgresql://user:password@host/name"
    )


def upsert(connection: Connection, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """Returns an insert that can say `on conflict`, which both databases spell alike but SQLAlchemy keeps apart."""
    # Imported where they are needed: loading PostgreSQL's dialect would cost every gateway's start.
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def is_ready(engine: Engine) -> bool:
    """Whether the database answers and has every table we need."""
    with engine.connect() as connection:
        return metadata.tables.keys() <= set(sa.inspect(connection).get_table_names())


def forget_deleted(engine: Engine) -> bool:
    """Empties SQLite's log of changes, which holds pages as they were; False while others keep it from that.

    PostgreSQL does that by itself when it vacuums and reuses its log.
    """
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        is_busy, _, _ = connection.exec_driver_sql("pragma wal_checkpoint(truncate)").one()
    return not is_busy


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
    # What is deleted is overwritten, and does not lie on in free pages of the file.
    cursor.execute("pragma secure_delete = on")
    cursor.close()
