"""The real api over a real warehouse with some days of demo traffic, for the dashboard to look at."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import uvicorn
from sqlalchemy.engine import Engine
from ulid import ULID

from api.main import create_app
from api.settings import ApiSettings
from control import heartbeats, organizations, sign_in, users
from control.database import open_database
from control.migrate import migrate
from pipelines.loading.days import Days
from pipelines.loading.loader import Loader
from tests.engine import WarehouseServer
from warehouse.clickhouse import connect_writer
from warehouse.object_store import open_object_store
from warehouse.rawlog.keys import day_prefix
from warehouse.settings import RAW_BUCKET, RESULT_BUCKET
from weir.demo.traffic import Traffic

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Backend:
    """A running api and what a test may do behind its back."""

    api_url: str
    database: Engine
    organization_id: UUID
    user_id: UUID

    def session(self) -> str:
        """Signs in and returns the session's token."""
        return sign_in.with_password(self.database, EMAIL, PASSWORD, "127.0.0.1")[1]

    def session_of_newcomer(self, *organizations_before: UUID) -> tuple[str, UUID]:
        """Makes a user with a new organization without requests, and returns a session and the organization."""
        user = users.create(self.database, f"{uuid4()}@example.com", password=PASSWORD)
        new = organizations.create(self.database, f"New {uuid4()}")
        for organization in (*organizations_before, new.id):
            users.join(self.database, organization, user.id, "member")
        return sign_in.with_password(self.database, user.email, PASSWORD, "127.0.0.1")[1], new.id

    def sign_in_link_token(self) -> str:
        """Makes the token of a one-time link."""
        return sign_in.make_token(self.database, self.user_id)


@contextmanager
def backend(server: WarehouseServer, directory: Path, *, requests: int, days: int) -> Iterator[Backend]:
    """Starts the api on a free port over an organization with that much traffic."""
    database = open_database(f"sqlite:///{directory / 'weir.db'}")
    migrate(database)
    organization = organizations.create(database, "Acme Research")
    user = users.create(database, EMAIL, password=PASSWORD, name="Ada Lovelace")
    users.join(database, organization.id, user.id, "owner")
    objects = (directory / "objects").as_uri()
    for bucket in (RAW_BUCKET, RESULT_BUCKET):
        open_object_store(objects, bucket).ensure_bucket()
    _load(server, database, objects, Traffic(organization.id, datetime.now(UTC), request_count=requests, days=days))
    heartbeats.beat(database, "loader", {"pending_segments": 0})
    settings = ApiSettings(
        data_dir=directory,
        database_url=f"sqlite:///{directory / 'weir.db'}",
        object_store_url=objects,
        warehouse_url=server.writer_url,
        warehouse_reader_url=server.reader_url,
        secret_key="a secret key of thirty-two characters",
    )
    with _serving(settings) as url:
        yield Backend(url, database, organization.id, user.id)
    database.dispose()


def _load(server: WarehouseServer, database: Engine, objects: str, traffic: Traffic) -> None:
    store = open_object_store(objects, RAW_BUCKET)
    loader = Loader(store, Days(lambda: connect_writer(server.writer_url)), database, "test")
    for day in traffic.dates():
        if segment := traffic.segment_of(day):
            key = f"{day_prefix(day)}{ULID()}-demo.ndjson.zst"
            store.put(key, segment)
            list(loader.load(day, [key]))
            loader.derive(day)


@contextmanager
def _serving(settings: ApiSettings) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, name="api", daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the api did not start")
        thread.join(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
