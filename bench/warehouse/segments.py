"""Writes generated traffic as raw segments into a directory, as the gateway's spool and shipper would have.

    python -m bench.warehouse.segments /tmp/raw --rows 10m --bodies 1k
    python -m bench.warehouse.segments /tmp/raw --rows 300k --bodies mix --processes 2

`/tmp/raw` becomes the `objects` of an instance: its bucket `request-response-storage` holds the segments. The same
arguments give the same objects, byte by byte.
"""

import argparse
import hashlib
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from ulid import ULID

from bench.warehouse.exchanges import Bodies, Traffic
from bench.warehouse.population import BY_WEEKDAY
from bench.warehouse.words import Words
from warehouse.object_store.local import LocalStore
from warehouse.rawlog.keys import day_prefix
from warehouse.rawlog.segment import compress
from warehouse.rawlog.spool import MOST_RECORDS
from warehouse.record import encode
from warehouse.settings import RAW_BUCKET

LAST_DAY = date(2026, 10, 31)
DAYS = 30
SEED = 7
SEAL_BYTES = 4 << 20
"""The size at which the gateway seals by default; a busy one reaches it before the second is over."""


@dataclass(frozen=True)
class Plan:
    """What is written."""

    directory: Path
    rows: int
    bodies: Bodies
    days: int = DAYS
    last_day: date = LAST_DAY
    seal_bytes: int = SEAL_BYTES
    seed: int = SEED

    def counts(self) -> dict[date, int]:
        """How many rows each day has; together exactly `rows`."""
        dates = [self.last_day - timedelta(days=back) for back in reversed(range(self.days))]
        weights = np.cumsum([BY_WEEKDAY[each.weekday()] for each in dates])
        ends = np.rint(weights / weights[-1] * self.rows).astype(int).tolist()
        return {each: end - start for each, start, end in zip(dates, [0, *ends], ends, strict=False)}


@dataclass(frozen=True)
class Written:
    """What became of one day."""

    day: date
    rows: int
    segments: int
    raw_bytes: int
    stored_bytes: int


def write(plan: Plan, processes: int = 1) -> Iterator[Written]:
    """Writes all days and yields each when it is there; a day that is there already is written again, the same."""
    LocalStore(plan.directory, RAW_BUCKET).ensure_bucket()
    tasks = [(plan, day, count) for day, count in plan.counts().items() if count]
    if processes == 1:
        yield from map(_write_day, tasks)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_write_day, tasks)


def _write_day(task: tuple[Plan, date, int]) -> Written:
    plan, day, count = task
    store = LocalStore(plan.directory, RAW_BUCKET)
    lines = map(encode, Traffic(plan.seed, plan.bodies, _words(plan.seed)).day(day, count))
    segments = raw_bytes = stored_bytes = 0
    for ndjson in _sealed(lines, plan.seal_bytes):
        data = compress(ndjson)
        store.put(_key(plan, day, segments), data)
        segments += 1
        raw_bytes += len(ndjson)
        stored_bytes += len(data)
    return Written(day, count, segments, raw_bytes, stored_bytes)


def _sealed(lines: Iterable[bytes], seal_bytes: int) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= seal_bytes or len(held) >= MOST_RECORDS:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _key(plan: Plan, day: date, number: int) -> str:
    begun = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=number)
    random = hashlib.blake2b(f"{plan.seed} {day} {number}".encode(), digest_size=10).digest()
    ulid = ULID(int(begun.timestamp() * 1000).to_bytes(6) + random)
    return f"{day_prefix(day)}{ulid}-bench.ndjson.zst"


_made: dict[int, Words] = {}


def _words(seed: int) -> Words:
    """The words of a seed, made once in a process."""
    if seed not in _made:
        _made[seed] = Words(seed)
    return _made[seed]


def row_count(text: str) -> int:
    """Reads 300k, 10m or a plain number."""
    factors = {"k": 1000, "m": 1_000_000}
    return int(float(text[:-1]) * factors[text[-1]]) if text[-1] in factors else int(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, help="the directory of the object store")
    parser.add_argument("--rows", type=row_count, default="1m", help="such as 300k or 10m")
    parser.add_argument("--bodies", choices=("1k", "mix"), default="1k")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--last-day", type=date.fromisoformat, default=LAST_DAY, help=f"{LAST_DAY} by default")
    parser.add_argument("--seal-bytes", type=int, default=SEAL_BYTES, help="NDJSON in a segment, about")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--processes", type=int, default=1)
    options = vars(parser.parse_args())
    processes = options.pop("processes")
    began = time.perf_counter()
    written = list(write(Plan(**options), processes))
    rows, raw = sum(day.rows for day in written), sum(day.raw_bytes for day in written)
    seconds = time.perf_counter() - began
    print(
        f"{rows:,} records in {sum(day.segments for day in written):,} segments, {raw / 1e6:,.0f} MB of NDJSON, "
        f"{sum(day.stored_bytes for day in written) / 1e6:,.0f} MB stored, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
