"""HQL's figures in one table: compiling, what the layer adds over HTTP, cache hits, exports.

    python -m bench.hql                         # about five minutes on two quiet cores
    python -m bench.hql --only compile,http     # a minute
    python -m bench.hql --export-rows 200000    # whether it works, not how fast

It starts a warehouse and an api of its own. Fifty analysts at once are `python -m bench.hql.analysts`.
"""

import argparse
from collections.abc import Iterator
from uuid import UUID

from bench.hql import compiling, export, overhead
from bench.hql.place import running
from bench.hql.table import Line
from tests.hql import dataset

SECTIONS = ("compile", "http", "export")
_ASKING, _EXPORTING = UUID(int=1), UUID(int=2)
_AT_A_TIME = 500_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--export-rows", type=int, default=5_000_000)
    options = parser.parse_args()
    only = options.only.split(",")
    if unknown := set(only) - set(SECTIONS):
        parser.error(f"unknown section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    print("| what | figure | target | |\n|---|---|---|---|", flush=True)
    if "compile" in only:
        _print(compiling.measure())
    if {"http", "export"} & set(only):
        with running() as place:
            if "http" in only:
                place.write(*dataset.inserts(_ASKING))
                _print(overhead.measure(place, _ASKING))
            if "export" in only:
                place.write(*_many_requests(options.export_rows))
                _print(export.measure(place, _EXPORTING, options.export_rows))


def _many_requests(rows: int) -> Iterator[str]:
    """Statements that fill the table of requests, a part at a time."""
    insert = dataset.inserts(_EXPORTING)[0]
    for start in range(0, rows, _AT_A_TIME):
        count = min(_AT_A_TIME, rows - start)
        yield insert.replace(f"numbers({dataset.ROWS})", f"numbers({start}, {count})")


def _print(lines: Iterator[Line]) -> None:
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
