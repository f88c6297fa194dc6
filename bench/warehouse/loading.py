"""How fast raw segments become rows that can be queried, by the product's own loader in this process.

A directory that was loaded once can be measured again: it has `objects` (the raw log), `warehouse`, the application
database and a file `loaded`.
"""

import resource
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.warehouse.exchanges import Bodies
from bench.warehouse.segments import Plan, write
from bench.warehouse.server import Server, start_server
from control.database import open_database
from control.migrate import migrate
from pipelines.loading.days import Days
from pipelines.loading.loader import Loader
from warehouse.clickhouse import connect_writer
from warehouse.object_store.local import LocalStore
from warehouse.rawlog.keys import RAW_PREFIX, day_of
from warehouse.rawlog.reader import load_segment
from warehouse.settings import RAW_BUCKET


@dataclass(frozen=True)
class Load:
    """What a load did. Bytes are of NDJSON, before compression."""

    rows: int
    segments: int
    raw_bytes: int
    load_seconds: float
    derive_seconds: float
    peak_loader_mb: float
    peak_server_mb: float


def loaded(directory: Path, rows: int, bodies: Bodies = "1k") -> tuple[Server, Load | None]:
    """Starts a warehouse with so many rows, and says how loading them went; None if an earlier run did.

    The caller stops the server.
    """
    done = directory / "loaded"
    if not done.exists():
        list(write(Plan(directory / "objects", rows, bodies), processes=2))
    server = start_server(directory)
    if done.exists():
        return server, None
    try:
        told = load(directory / "objects", server, directory / "weir.db")
    except BaseException:
        server.stop()
        raise
    done.touch()
    return server, told


def load(raw: Path, server: Server, database: Path) -> Load:
    """Loads every segment of the directory, a day after the other, and derives each day once at its end."""
    store = LocalStore(raw, RAW_BUCKET)
    accounts = open_database(f"sqlite:///{database}")
    migrate(accounts)
    loader = Loader(store, Days(lambda: connect_writer(server.writer_url)), accounts, "bench")
    days: dict[date, list[str]] = {}
    for found in store.list_after(RAW_PREFIX):
        days.setdefault(day_of(found.key), []).append(found.key)
    rows = 0
    load_seconds = derive_seconds = 0.0
    for day, keys in days.items():
        began = time.perf_counter()
        rows += sum(loaded.row_count for loaded in loader.load(day, keys))
        loaded_at = time.perf_counter()
        loader.derive(day)
        load_seconds += loaded_at - began
        derive_seconds += time.perf_counter() - loaded_at
    return Load(
        rows=rows,
        segments=sum(map(len, days.values())),
        raw_bytes=_raw_bytes(store, days),
        load_seconds=load_seconds,
        derive_seconds=derive_seconds,
        peak_loader_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        peak_server_mb=server.peak_mb(),
    )


def _raw_bytes(store: LocalStore, days: dict[date, list[str]]) -> int:
    """NDJSON in all segments, told by every hundredth of them."""
    keys = [key for day in days.values() for key in day]
    sample = keys[::100]
    held = [len(load_segment(store.get(key)).ndjson) for key in sample]
    return round(sum(held) / len(held) * len(keys)) if held else 0
