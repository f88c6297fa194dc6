"""The warehouse's clients, its migrations, and how rows are added in one block.

Works alike on the embedded engine and on a ClickHouse server. What is asked of the tables is written by its callers.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import clickhouse_connect
import pyarrow
import pyarrow.ipc
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from warehouse.embedded.statement import split_statements

ORGANIZATION_SETTING = "SQL_weir_organization_id"

MIGRATIONS = Path(__file__).parent / "migrations"

CONNECT_SECONDS = 5
LONGEST_QUERY_SECONDS = 600

ONE_BLOCK: Mapping[str, Any] = {
    # One insert is one block is one part, and so it is there wholly or not at all.
    "async_insert": 0,
    "insert_deduplicate": 0,
    "min_insert_block_size_rows": 1 << 40,
    "min_insert_block_size_bytes": 1 << 40,
    "max_insert_block_size": 1 << 40,
    "max_insert_threads": 1,
}


class WarehouseError(Exception):
    """The warehouse could not do what it was asked.

    WarehouseError
    ├── WarehouseUnavailable   it cannot be reached: ask again later
    ├── QueryRefused           it answered with an error; `code` tells which
    └── MigrationChanged       a migration that was applied is no longer what it was
    """


class WarehouseUnavailable(WarehouseError):
    """The warehouse cannot be reached."""


class QueryRefused(WarehouseError):
    """The warehouse answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class MigrationChanged(WarehouseError):
    """A migration that was applied is no longer what it was; write a new one instead."""


@contextmanager
def warehouse_errors() -> Iterator[None]:
    """Turns the client library's errors into ours."""
    try:
        yield
    except ClickHouseError as error:
        code = error.code if isinstance(error, DatabaseError) else None
        if code is None:
            raise WarehouseUnavailable(str(error)) from error
        raise QueryRefused(code, str(error)) from error


def connect_writer(url: str, answer_seconds: int = LONGEST_QUERY_SECONDS) -> Client:
    """Connects as the writer; raises WarehouseUnavailable. The client may be shared between threads.

    After `answer_seconds` without a sign from the server a query is given up; whether it was done is then not known.
    """
    with warehouse_errors():
        return _connect(url, answer_seconds)


def connect_reader(url: str, organization_id: UUID | None = None) -> Client:
    """Connects as the reader; raises WarehouseUnavailable. The client may be shared between threads.

    Without an organization the client sees no rows, unless each query names one with `reader_settings`.
    """
    with warehouse_errors():
        client = _connect(url)
        # A read-only user's settings look unchangeable to the client: the server decides what it accepts.
        client.server_settings.clear()
        for name, value in reader_settings(organization_id).items():
            client.set_client_setting(name, value)
    return client


def reader_settings(organization_id: UUID | None) -> dict[str, Any]:
    """The settings of a query that may see the rows of this organization only."""
    if organization_id is None:
        return {"readonly": 1}
    return {"readonly": 1, ORGANIZATION_SETTING: f"'{organization_id}'"}


def migrate(client: Client) -> list[str]:
    """Creates the database and applies the migrations that are not applied yet, by number; returns their names.

    One that comes later with a lower number than others is applied all the same: what two branches brought is complete
    whichever came first, as long as none of them builds on the other.
    """
    with warehouse_errors():
        client.command(f"create database if not exists {client.database}", use_database=False)
        client.command(_MIGRATIONS_TABLE)
        rows: Any = client.query("select name, checksum from schema_migrations").result_rows
        applied: dict[str, str] = dict(rows)
        new = []
        for file in sorted(MIGRATIONS.glob("[0-9]*.sql")):
            text = file.read_bytes()
            checksum = hashlib.sha256(text).hexdigest()
            if file.name not in applied:
                for statement in split_statements(text):
                    client.command(statement.decode())
                client.insert("schema_migrations", [[file.name, checksum]], ["name", "checksum"])
                new.append(file.name)
            elif applied[file.name] != checksum:
                raise MigrationChanged(f"{file.name} was changed after it was applied; write a new migration instead")
    return new


def append(client: Client, table: str, frame: pyarrow.Table) -> None:
    """Adds the rows in one block, which is there wholly or not at all if they are of one partition."""
    if frame.num_rows == 0:
        return
    with warehouse_errors():
        client.raw_insert(
            table,
            column_names=frame.column_names,
            insert_block=_one_batch(frame),
            fmt="ArrowStream",
            settings=dict(ONE_BLOCK),
        )


_MIGRATIONS_TABLE = """
create table if not exists schema_migrations
(
    name String,
    checksum String,
    applied_at DateTime64(6, 'UTC') default now64(6)
)
engine = MergeTree
order by name
"""


@dataclass(frozen=True)
class _Address:
    """The parts of a warehouse URL."""

    arguments: dict[str, Any]
    database: str

    @classmethod
    def of(cls, url: str) -> "_Address":
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        arguments = {
            "interface": parts.scheme,
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or (8443 if secure else 8123),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
        }
        return cls(arguments, parts.path.strip("/") or "weir")


def _connect(url: str, answer_seconds: int = LONGEST_QUERY_SECONDS) -> Client:
    address = _Address.of(url)
    client = clickhouse_connect.get_client(
        **address.arguments,
        autogenerate_session_id=False,  # A session would allow one query at a time.
        connect_timeout=CONNECT_SECONDS,
        send_receive_timeout=answer_seconds,
        query_limit=0,
        show_clickhouse_errors=True,
    )
    # Only now, because a new warehouse has no database yet and could not be connected to.
    client.database = address.database
    return client


def _one_batch(frame: pyarrow.Table) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, frame.schema) as writer:
        writer.write_table(frame.combine_chunks())
    return bytes(sink.getvalue())
