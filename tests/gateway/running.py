"""A gateway that answers on a real port, in a thread of the test's process, and what it has recorded."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

from gateway.downstream.patience import USUAL, Limits
from gateway.main import create_app
from gateway.server import server_of
from gateway.settings import GatewaySettings
from warehouse.object_store import open_object_store
from warehouse.rawlog.reader import read_segment
from warehouse.record import Exchange
from warehouse.settings import RAW_BUCKET


@dataclass(frozen=True)
class Accounts:
    """An application database with two organizations, and their keys."""

    database: Path
    organization_id: UUID
    key_id: UUID
    key: str
    query_key: str
    other_organization_id: UUID
    other_key: str


@dataclass(frozen=True)
class RunningGateway:
    """A gateway at `url`."""

    url: str
    settings: GatewaySettings
    accounts: Accounts
    recorded: "Records"

    @property
    def auth(self) -> dict[str, str]:
        return {"Weir-Auth": f"Bearer {self.accounts.key}"}

    def records(self) -> list[Exchange]:
        """Everything recorded so far, spooled or shipped."""
        return self.recorded.all()

    def record(self, request_id: str | None) -> Exchange:
        """The record of a call; it is there when the response is, or soon after a client left."""
        return self.record_where(lambda record: str(record.request_id) == request_id)

    def metric(self, name: str) -> float:
        """What /metrics says of one series now; 0 for one that does not exist yet."""
        lines = httpx.get(f"{self.url}/metrics").text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name), 0.0)

    def record_where(self, matches: Callable[[Exchange], bool]) -> Exchange:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found = [record for record in self.records() if matches(record)]
            if found:
                assert len(found) == 1
                return found[0]
            time.sleep(0.02)
        raise AssertionError("no such record")


class Records:
    """Everything a gateway has recorded, spooled or shipped. What was shipped stays as it is, and is read once."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._shipped: dict[bytes, Exchange] = {}
        """By a digest of their lines, for a file on its way from the spool to the store is found in both."""
        self._seen_keys: set[str] = set()
        self._decoder = msgspec.json.Decoder(Exchange)

    def all(self) -> list[Exchange]:
        spooled = {sha256(line).digest(): line for line in spooled_lines(self._settings)}
        store = open_object_store(self._settings.object_store_url, RAW_BUCKET)
        for info in store.list_after("raw/v1/"):
            if info.key not in self._seen_keys:
                for frame in read_segment(store.get(info.key)):
                    assert frame.error is None
                    for line in frame.ndjson.splitlines():
                        self._shipped[sha256(line).digest()] = self._decoder.decode(line)
                self._seen_keys.add(info.key)
        waiting = [self._decoder.decode(line) for digest, line in spooled.items() if digest not in self._shipped]
        return [*self._shipped.values(), *waiting]


def records_under(settings: GatewaySettings) -> list[Exchange]:
    """Reads what waits in the spool and what is in the object store."""
    return Records(settings).all()


def spooled_lines(settings: GatewaySettings) -> set[bytes]:
    """Reads what waits in the spool."""
    lines: set[bytes] = set()
    for path in _spooled_files(settings):
        # One that is sealed or shipped in this moment is found under its new name, or by the next try.
        with suppress(FileNotFoundError):
            data = path.read_bytes()
            lines.update(data[: data.rfind(b"\n") + 1].splitlines())
    return lines


def _spooled_files(settings: GatewaySettings) -> list[Path]:
    while True:
        # The directory of a day goes with its last file, also while it is looked through.
        with suppress(FileNotFoundError):
            return list(settings.spool_dir.glob("*/dt=*/*.ndjson*"))


@contextmanager
def running_gateway(
    directory: Path,
    accounts: Accounts,
    *,
    drain_seconds: int = 2,
    limits: Limits = USUAL,
    unsent_bytes: int | None = None,
    **settings: object,
) -> Iterator[RunningGateway]:
    """Serves on a free port for as long as the context lasts.

    Of what a slow client does not take, the system may hold `unsent_bytes`; megabytes if it is left to itself.
    """
    database = directory / "weir.db"
    shutil.copy(accounts.database, database)
    made = GatewaySettings(data_dir=directory, database_url=f"sqlite:///{database}", spool_seal_seconds=0.2, **settings)
    server = server_of(create_app(made), "127.0.0.1", 0, drain_seconds, limits)
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    if unsent_bytes is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, unsent_bytes)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    try:
        yield RunningGateway(f"http://127.0.0.1:{listener.getsockname()[1]}", made, accounts, Records(made))
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()
