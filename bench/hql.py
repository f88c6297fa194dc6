"""What compiling costs over the queries that analysts ask, in one table: CPU time, warm.

python -m bench.hql
"""

import statistics
import time
from uuid import UUID

from hql.catalog import build_catalog
from hql.compile import compile as compile_query
from hql.reader import Reader
from tests.hql.cases import LEVELS, legitimate_cases

_ROUNDS = 5


def main() -> None:
    print("| compiling, warm | p50 CPU ms | p95 CPU ms | queries |\n|---|---|---|---|")
    everything: list[float] = []
    for level in LEVELS:
        times = measure(level)
        everything += times
        print(_line(f"level {level}", times))
    print(_line("all (target 2 and 8)", everything))


def measure(level: int) -> list[float]:
    """Returns the milliseconds that each query of a level takes, the median of some rounds."""
    catalog, reader = build_catalog(), Reader(UUID(int=1))
    times = []
    for case in legitimate_cases(level):
        rounds = []
        for _ in range(_ROUNDS + 1):
            began = time.thread_time()
            compile_query(case.sql, catalog, reader)
            rounds.append((time.thread_time() - began) * 1000)
        times.append(statistics.median(rounds[1:]))
    return times


def _line(name: str, times: list[float]) -> str:
    twentieths = statistics.quantiles(times, n=20)
    return f"| {name} | {statistics.median(times):.1f} | {twentieths[18]:.1f} | {len(times)} |"


if __name__ == "__main__":
    main()
