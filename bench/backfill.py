"""A backfill that is killed in the middle and started again: what it takes, and that it goes on where it was.

    python -m bench.backfill --rows 1m
    python -m bench.backfill --rows 10m --keep /var/tmp/bench     (30 GB of NDJSON, 6 GB on disk)

Thirty days of generated traffic are loaded into a warehouse of their own, or found in the directory that an earlier
`python -m bench.warehouse --keep` left. Then all days are made anew from the raw log by a process, as the job `reprice`
does it; the process is killed (SIGKILL) when half of the days are done, and a second one goes on. Fails
unless every row is there once and no day that was done was done again.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path

from bench.warehouse.loading import loaded
from bench.warehouse.segments import row_count
from bench.warehouse.server import Server
from control.database import open_database
from pipelines.loading.backfill import remodel_days, unfinished
from pipelines.loading.days import Days
from pipelines.loading.loader import Loader
from warehouse.clickhouse import connect_writer
from warehouse.object_store.local import LocalStore
from warehouse.settings import RAW_BUCKET

WORK = "work"


def main() -> None:
    if sys.argv[1:2] == [WORK]:
        work(Path(sys.argv[2]), sys.argv[3], datetime.fromisoformat(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=row_count, default="1m", help="such as 300k or 10m")
    parser.add_argument("--keep", type=Path, help="directory to work in, and to find what an earlier run left")
    options = parser.parse_args()
    with nullcontext(options.keep) if options.keep else tempfile.TemporaryDirectory() as directory:
        measure(Path(directory), options.rows)


def measure(directory: Path, rows: int) -> None:
    server, told = loaded(directory, rows)
    try:
        if told is not None:
            print(f"{told.rows:,} rows of {told.segments:,} segments loaded in {told.load_seconds:.0f} s", flush=True)
        asked_at = datetime.now(UTC)
        days = len(made_since(server, datetime.min.replace(tzinfo=UTC)))
        began = time.perf_counter()
        first_peak = run(directory, server, asked_at, kill_after=days // 2)
        done = made_since(server, asked_at)
        second_peak = run(directory, server, asked_at)
        seconds = time.perf_counter() - began
        finished = made_since(server, asked_at)
        assert {day: finished[day] for day in done} == done, "days that were done were done again"
        assert len(finished) == days, f"{days - len(finished)} days were not made anew"
        found = server.writer().query("select count(), uniqExact(request_id) from requests").result_rows[0]
        assert tuple(found) == (rows, rows), f"{rows} rows expected, {found} rows and ids found"
        print("| rows | days | done when killed | done again | s | rows/s | worker MB | server MB |")
        print("|---|---|---|---|---|---|---|---|")
        print(
            f"| {rows:,} | {days} | {len(done)} | 0 | {seconds:.0f} | {rows / seconds:,.0f} "
            f"| {max(first_peak, second_peak):,.0f} | {server.peak_mb():,.0f} |"
        )
    finally:
        server.stop()


def run(directory: Path, server: Server, asked_at: datetime, kill_after: int | None = None) -> float:
    """Runs a backfill in a process, kills it when so many days are done, and returns the most MB it had."""
    arguments = [WORK, str(directory), server.writer_url, asked_at.isoformat()]
    with subprocess.Popen([sys.executable, "-m", "bench.backfill", *arguments], stdout=subprocess.PIPE) as process:
        assert process.stdout
        for number, _ in enumerate(process.stdout, 1):
            if number == kill_after:
                time.sleep(0.5)  # into the next day's work
                process.send_signal(signal.SIGKILL)
                break
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == (0 if kill_after is None else -signal.SIGKILL)
    return used.ru_maxrss / 1024


def work(directory: Path, warehouse_url: str, asked_at: datetime) -> None:
    """Makes the days anew that are left, and writes a line for each."""
    loader = Loader(
        LocalStore(directory / "objects", RAW_BUCKET),
        Days(lambda: connect_writer(warehouse_url)),
        open_database(f"sqlite:///{directory / 'weir.db'}"),
        f"backfill {os.getpid()}",
    )
    for made in remodel_days(loader, unfinished(loader, asked_at)):
        print(made.day, flush=True)


def made_since(server: Server, moment: datetime) -> dict[date, datetime]:
    """The days whose rows were all loaded since then, and when the oldest of them was."""
    rows = Days(server.writer).ask("oldest_loads")
    return {day: at for day, at in rows if at.replace(tzinfo=UTC) >= moment}


if __name__ == "__main__":
    main()
