"""How fast raw segments become rows that can be queried, through the ticks of Dagster's sensor.

    python -m bench.warehouse.segments /tmp/raw --rows 300k --bodies mix
    python -m bench.loading /tmp/raw

A warehouse of its own is started in an empty directory; the sensor's ticks run in this process as in the code server,
until nothing waits any more. Days are derived meanwhile, as they always are.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import dagster as dg

from bench.warehouse.server import start_server
from control.database import open_database
from control.migrate import migrate
from pipelines.definitions import build
from pipelines.settings import PipelineSettings
from warehouse.object_store import open_object_store
from warehouse.rawlog.keys import RAW_PREFIX
from warehouse.rawlog.reader import load_segment
from warehouse.settings import RAW_BUCKET

TICK_SECONDS = 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path, help="the directory of an object store with raw segments")
    raw = parser.parse_args().raw
    with tempfile.TemporaryDirectory() as directory:
        load(raw, Path(directory))


def load(raw: Path, directory: Path) -> None:
    database_url = f"sqlite:///{directory / 'weir.db'}"
    engine = open_database(database_url)
    migrate(engine)
    engine.dispose()
    server = start_server(directory / "warehouse")
    definitions = build(
        PipelineSettings(
            object_store_url=raw.resolve().as_uri(),
            database_url=database_url,
            warehouse_url=server.writer_url,
            load_tick_seconds=TICK_SECONDS,
        )
    )
    visible_at: list[float] = []
    loader = definitions.resources["loader"]
    loader.at = lambda step: visible_at.append(time.perf_counter()) if step == "journal" else None
    sensor = definitions.resolve_sensor_def("load")
    rows, ticks, began = 0, 0, time.perf_counter()
    try:
        with dg.DagsterInstance.ephemeral() as instance:
            while new := loaded_by(sensor(dg.build_sensor_context(instance=instance, cursor="warm"))):
                rows += new
                ticks += 1
        seconds = visible_at[-1] - began
        size, segments = raw_bytes(raw)
        own = resource.getrusage(resource.RUSAGE_SELF)
        print("| segments | rows | MB of NDJSON | ticks | s | rows/s | MB/s | loader MB | server MB | loader CPU s |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        print(
            f"| {segments} | {rows:,} | {size / 1e6:,.0f} | {ticks} | {seconds:.1f} | {rows / seconds:,.0f} "
            f"| {size / 1e6 / seconds:,.0f} | {own.ru_maxrss / 1024:,.0f} | {server.peak_mb():,.0f} "
            f"| {own.ru_utime + own.ru_stime:.1f} |"
        )
    finally:
        server.stop()


def loaded_by(tick: object) -> int:
    """Returns how many rows a tick says that it loaded."""
    assert isinstance(tick, dg.SensorResult)
    events = [each for each in tick.asset_events or () if isinstance(each, dg.AssetMaterialization)]
    return sum(int(str(each.metadata["rows"].value)) for each in events if "rows" in each.metadata)


def raw_bytes(raw: Path) -> tuple[int, int]:
    """NDJSON in all segments, told by every twentieth of them, and how many there are."""
    store = open_object_store(raw.resolve().as_uri(), RAW_BUCKET)
    keys = [found.key for found in store.list_after(RAW_PREFIX)]
    held = [len(load_segment(store.get(key)).ndjson) for key in keys[::20]]
    return sum(held) * len(keys) // len(held), len(keys)


if __name__ == "__main__":
    main()
