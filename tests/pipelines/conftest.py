from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import pytest
from clickhouse_connect.driver.client import Client
from sqlalchemy.engine import Engine
from ulid import ULID

from control.database import open_database
from control.migrate import migrate
from pipelines.loading import quarantine
from pipelines.loading.days import Days
from pipelines.loading.loader import Loader
from pipelines.loading.quarantine import Entry
from tests.engine import WarehouseServer, warehouse_server  # noqa: F401
from tests.pipelines.exchanges import DAY
from warehouse.clickhouse import connect_writer
from warehouse.object_store import ObjectStore, open_object_store
from warehouse.rawlog.keys import day_prefix
from warehouse.rawlog.segment import compress
from warehouse.settings import RAW_BUCKET


@dataclass(frozen=True)
class Place:
    """All stores of an installation, empty at the start of a test."""

    store: ObjectStore
    client: Client
    engine: Engine
    days: Days
    warehouse_url: str
    directory: Path

    def loader(self, holder: str = "test", at: Callable[[str], None] = lambda step: None) -> Loader:
        return Loader(self.store, self.days, self.engine, holder, at=at)

    def put_segment(self, *lines: bytes, day: date = DAY, key: str | None = None) -> str:
        """Ships lines as the gateway does; returns the key."""
        key = key or f"{day_prefix(day)}{ULID()}-test.ndjson.zst"
        self.store.put(key, compress(b"".join(line + b"\n" for line in lines)))
        return key

    def quarantined(self) -> list[Entry]:
        objects = [self.store.get(found.key) for found in self.store.list_after(quarantine.PREFIX)]
        return [msgspec.json.decode(line, type=Entry) for each in objects for line in each.splitlines()]

    def ask(self, sql: str) -> list[tuple]:
        return [tuple(row) for row in self.client.query(sql).result_rows]

    def count(self, table: str = "requests") -> int:
        return self.ask(f"select count() from {table}")[0][0]


@pytest.fixture
def place(warehouse_server: WarehouseServer, tmp_path: Path) -> Iterator[Place]:  # noqa: F811
    warehouse_server.truncate()
    store = open_object_store((tmp_path / "objects").as_uri(), RAW_BUCKET)
    store.ensure_bucket()
    engine = open_database(f"sqlite:///{tmp_path / 'weir.db'}")
    migrate(engine)
    client = connect_writer(warehouse_server.writer_url)
    yield Place(store, client, engine, Days(lambda: client), warehouse_server.writer_url, tmp_path)
    client.close()
    engine.dispose()
