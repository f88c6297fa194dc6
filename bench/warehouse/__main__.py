"""The warehouse's figures in one table: load rate, query times, compression beside PostgreSQL.

    python -m bench.warehouse                            # 1 M rows, about four minutes on two quiet cores
    python -m bench.warehouse --rows 10m                 # about forty
    python -m bench.warehouse --quick                    # 100,000 rows: whether it works, not how fast
    python -m bench.warehouse --only queries --keep /tmp/weir-bench     # again, over what an earlier run left there

Everything is written to a directory of its own, which is deleted unless `--keep` names one. The engine is the embedded
one with the product's defaults: 4 GB for all queries together, 1 GB for one of a reader. Raw segments are of 4 MB, as
a busy gateway seals them, and hold 1 KB of bodies a call; `--bodies mix` makes bodies of 3 KB with a tail to 200 KB.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.warehouse import loading, postgres, queries
from bench.warehouse.segments import SEED, row_count
from bench.warehouse.server import Server

SECTIONS = ("load", "queries", "compression")
_QUICK_ROWS = 100_000
_COMPARED_ROWS = 1_000_000
"""As many rows are copied to PostgreSQL, whole days of them."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=row_count, default="1m", help="1m or 10m")
    parser.add_argument("--bodies", choices=("1k", "mix"), default="1k")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--keep", type=Path, help="directory to work in, and to find what an earlier run left")
    options = parser.parse_args()
    only = options.only.split(",")
    if unknown := set(only) - set(SECTIONS):
        parser.error(f"unknown section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    plan_rows = _QUICK_ROWS if options.quick else options.rows
    print("| what | figure | target | |\n|---|---|---|---|", flush=True)
    with _directory(options.keep) as directory:
        server, told = loading.loaded(directory, plan_rows, options.bodies)
        try:
            if told is not None:
                _print_load(told)
            if "queries" in only:
                _print_queries(server)
            if "compression" in only:
                _print_compression(server, plan_rows)
        finally:
            server.stop()


@contextmanager
def _directory(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as directory:
        yield Path(directory)


def _print_load(load: loading.Load) -> None:
    _row("load, rows a second", f"{load.rows / load.load_seconds:,.0f}", "60,000", f"{load.rows:,} rows")
    raw = load.raw_bytes / load.load_seconds / 1e6
    _row("load, MB of raw a second", f"{raw:.0f}", "60", f"{load.segments:,} segments, {load.raw_bytes / 1e9:.1f} GB")
    derived = load.rows / load.derive_seconds
    _row("derived tables, rows a second", f"{derived:,.0f}", "", "each day once")
    _row("peak memory of loader and server, MB", f"{load.peak_loader_mb:.0f} + {load.peak_server_mb:.0f}", "", "")


def _print_queries(server: Server) -> None:
    client = server.writer()
    rows, parts = client.query(_SHAPE).result_rows[0]
    client.close()
    _row("rows in the table", f"{rows:,}", "", f"in {parts} parts")
    for timing in queries.measure(server, SEED):
        target = "" if timing.target is None else f"≤ {timing.target:.0f}"
        read = "" if timing.read_rows is None else f"{timing.read_rows:,} rows and {timing.read_mb:.0f} MB read"
        _row(f"{timing.name}, ms", f"{timing.milliseconds:.1f}", target, f"{timing.cpu:.0f} ms of CPU; {read}")


def _print_compression(server: Server, rows: int) -> None:
    client = server.writer()
    days = max(1, round(30 * min(1.0, _COMPARED_ROWS / rows)))
    sizes = postgres.compare(client, days)
    client.close()
    _row("compression, times smaller than PostgreSQL", f"{sizes.ratio:.1f}", "≥ 10", f"{sizes.rows:,} rows")
    each = [
        size / sizes.rows for size in (sizes.clickhouse_bytes, sizes.postgres_table_bytes, sizes.postgres_key_bytes)
    ]
    _row("bytes a row: here; there table and key", f"{each[0]:.1f}; {each[1]:.0f} + {each[2]:.0f}", "", "")
    _row("without PostgreSQL's key", f"{sizes.table_ratio:.1f}", "", "")
    _row(
        "largest columns, bytes a row", ", ".join(f"{name} {size:.1f}" for name, size in sizes.largest.items()), "", ""
    )


_SHAPE = """
select sum(rows), count()
from system.parts
where active and database = currentDatabase() and table = 'requests'
"""


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
