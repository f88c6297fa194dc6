"""What HQL is measured on: an embedded warehouse and an api, each a process of its own, over a temporary directory."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from bench.gateway.processes import Process, environment, free_port
from bench.warehouse.server import Server, start_server
from control import api_keys, organizations
from control.database import open_database
from control.migrate import migrate
from warehouse.object_store import open_object_store
from warehouse.settings import BUCKETS, StorageSettings


@dataclass
class Place:
    """A running warehouse with the api in front of it."""

    directory: Path
    server: Server
    api: Process
    url: str
    _keys: dict[UUID, str] = field(default_factory=dict)

    def headers(self, organization_id: UUID) -> dict[str, str]:
        """What a member of the organization, which is made when it is first named, sends along."""
        if organization_id not in self._keys:
            database = open_database(_storage(self.directory).database_url)
            organizations.create(database, str(organization_id), organization_id=organization_id)
            _, self._keys[organization_id] = api_keys.create(database, organization_id, "bench", ["query"])
            database.dispose()
        return {"Authorization": f"Bearer {self._keys[organization_id]}"}

    def write(self, *statements: str) -> None:
        """Runs statements as the writer."""
        client = self.server.writer()
        for statement in statements:
            client.command(statement)
        client.close()

    @property
    def reader(self) -> tuple[str, tuple[str, str]]:
        """Address, and name and password, of the warehouse's reader."""
        parts = urlsplit(self.server.reader_url)
        return f"http://{parts.hostname}:{parts.port}/", (parts.username or "", parts.password or "")


@contextmanager
def running() -> Iterator[Place]:
    """Starts both, and stops them at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="weir-hql-") as name:
        directory = Path(name)
        storage = _storage(directory)
        for bucket in BUCKETS:
            open_object_store(storage.object_store_url, bucket).ensure_bucket()
        database = open_database(storage.database_url)
        migrate(database)
        database.dispose()
        server = start_server(directory)
        try:
            api, url = _start_api(directory, server)
            try:
                yield Place(directory, server, api, url)
            finally:
                api.stop()
        finally:
            server.stop()


def _start_api(directory: Path, server: Server) -> tuple[Process, str]:
    port = free_port()
    settings = environment() | {
        "WEIR_DATA_DIR": str(directory),
        "WEIR_API_PORT": str(port),
        "WEIR_WAREHOUSE_READER_URL": server.reader_url,
    }
    api = Process([sys.executable, "-m", "api"], settings, None, directory / "api.log")
    url = f"http://127.0.0.1:{port}"
    try:
        api.wait_until(lambda: _answers(url))
    except RuntimeError:
        api.stop()
        raise
    return api, url


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2).is_success
    except httpx.HTTPError:
        return False


def _storage(directory: Path) -> StorageSettings:
    return StorageSettings(data_dir=directory)
