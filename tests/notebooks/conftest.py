"""An api on a real embedded warehouse, reached over HTTP as notebooks reach it."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from api.main import create_app, server_of
from api.settings import ApiSettings
from control import api_keys, organizations
from control.database import open_database
from control.migrate import migrate
from tests.engine import WarehouseServer, warehouse_server
from tests.hql.dataset import inserts
from warehouse.clickhouse import connect_writer
from warehouse.object_store import open_object_store
from warehouse.settings import BUCKETS

__all__ = ["warehouse_server"]


@dataclass(frozen=True)
class Served:
    """Where the api is, a key that reads, and the warehouse behind it."""

    url: str
    key: str
    writer_url: str

    def running(self, mark: str) -> int:
        """How many queries run in the engine whose text holds the mark."""
        client = connect_writer(self.writer_url)
        sql = f"select count() from system.processes where query like '%{mark}%' and query not like '%processes%'"
        (row,) = client.query(sql).result_rows
        client.close()
        return int(row[0])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, warehouse_server: WarehouseServer) -> Iterator[Served]:
    """One organization's rows behind an api that runs in a thread."""
    settings = ApiSettings(
        data_dir=tmp_path_factory.mktemp("api"), api_port=0, warehouse_reader_url=warehouse_server.reader_url
    )
    for bucket in BUCKETS:
        open_object_store(settings.object_store_url, bucket).ensure_bucket()
    database = open_database(settings.database_url)
    migrate(database)
    organization = organizations.create(database, "Acme", organization_id=uuid4())
    _, key = api_keys.create(database, organization.id, "notebook", ["query"])
    database.dispose()
    writer = connect_writer(warehouse_server.writer_url)
    for statement in inserts(organization.id):
        writer.command(statement)
    writer.close()
    server = server_of(create_app(settings), settings)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", key, warehouse_server.writer_url)
        server.should_exit = True
        thread.join(30)
