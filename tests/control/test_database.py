import socket
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine

from control.database import is_ready, open_database
from control.migrate import migrate
from control.tables import metadata
from tests.control.conftest import NOW


def test_migrations_make_the_tables_we_declare(empty_engine: Engine):
    migrate(empty_engine)
    with empty_engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_twice_changes_nothing(empty_engine: Engine):
    migrate(empty_engine)
    migrate(empty_engine)
    assert is_ready(empty_engine)


def test_an_empty_database_is_not_ready(empty_engine: Engine):
    assert not is_ready(empty_engine)


def test_a_database_of_an_older_version_is_not_ready(engine: Engine):
    with engine.begin() as connection:
        connection.execute(sa.text("drop table epochs"))
    assert not is_ready(engine)


def test_processes_that_start_together_migrate_once(empty_url: str, opened: Callable[[str], Engine]):
    engines = [opened(empty_url) for _ in range(3)]
    errors: list[Exception] = []

    def start(engine: Engine) -> None:
        try:
            migrate(engine)
        except Exception as error:  # noqa: BLE001 - reported below, in the test's own thread.
            errors.append(error)

    threads = [threading.Thread(target=start, args=[engine]) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert is_ready(engines[0])


def test_a_migration_that_fails_leaves_nothing_behind(empty_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    from alembic import command

    def upgrade(config: Config, _revision: str) -> None:
        connection = config.attributes["connection"]
        connection.execute(sa.text("create table half (id integer)"))
        raise RuntimeError("power is out")

    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", upgrade)
        with pytest.raises(RuntimeError):
            migrate(empty_engine)
    with empty_engine.connect() as connection:
        assert not sa.inspect(connection).has_table("half")
    migrate(empty_engine)


def test_foreign_keys_are_kept(engine: Engine):
    from uuid import uuid4

    from control.tables import memberships

    nobody = {"organization_id": uuid4(), "user_id": uuid4(), "role": "owner", "created_at": NOW}
    with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.insert(memberships).values(nobody))


def test_times_come_back_in_utc_and_need_a_zone(engine: Engine):
    from control import organizations

    made = organizations.create(engine, "Acme", now=NOW)
    assert organizations.get(engine, made.id) == made
    with pytest.raises(sa.exc.StatementError, match="has no zone"):
        organizations.create(engine, "Other", now=NOW.replace(tzinfo=None))


def test_an_unknown_kind_of_database_is_refused_without_showing_its_password():
    with pytest.raises(ValueError, match="unknown kind") as refused:
        open_database("mysql://weir:hunter2@localhost/weir")
    assert "hunter2" not in str(refused.value)


def test_what_the_gateway_imports_loads_neither_alembic_nor_argon2():
    code = (
        "import sys, control.api_keys, control.database, control.leases;"
        "print(sorted({'alembic', 'argon2', 'pydantic'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_a_server_that_says_nothing_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://weir@127.0.0.1:{silent.getsockname()[1]}/weir"
        _, told = (by_default := open_database(url)).dialect.create_connect_args(by_default.url)
        hasty = open_database(f"{url}?connect_timeout=2")
        with pytest.raises(sa.exc.OperationalError, match="timeout"):
            hasty.connect()
    assert (told["connect_timeout"], told["tcp_user_timeout"]) == ("10", "20000")
