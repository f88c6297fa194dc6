"""What compiling costs over the queries that analysts ask: CPU time, warm."""

import statistics
import time
from collections.abc import Iterator
from uuid import UUID

from bench.hql.table import Line
from hql.catalog import build_catalog
from hql.compile import compile as compile_query
from hql.reader import Reader
from hql.serving.service import open_service
from tests.hql.cases import LEVELS, legitimate_cases

_ROUNDS = 5


def measure() -> Iterator[Line]:
    everything: list[float] = []
    for level in LEVELS:
        times = _of_level(level)
        everything += times
        yield _line(f"compile, level {level}, {len(times)} queries", times)
    yield _line(f"compile, all {len(everything)} queries", everything, "2 / 8")
    again = f"{_again() * 1000:.0f}"
    yield Line("the same text again", again, "", "us p50, as the service remembers what the last 500 texts compile to")


def _of_level(level: int) -> list[float]:
    """The milliseconds that each query takes, the median of some rounds."""
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


def _again() -> float:
    """The milliseconds that a text takes which the service has compiled before."""
    # What a text compiles to is told without a warehouse.
    service = open_service("http://reader:@localhost:1/weir")
    times = []
    for case in legitimate_cases():
        service.parameters(UUID(int=1), case.sql)
        began = time.thread_time()
        service.parameters(UUID(int=1), case.sql)
        times.append((time.thread_time() - began) * 1000)
    service.close()
    return statistics.median(times)


def _line(name: str, times: list[float], target: str = "") -> Line:
    twentieths = statistics.quantiles(times, n=20)
    return Line(name, f"{statistics.median(times):.1f} / {twentieths[18]:.1f}", target, "ms p50 / p95, CPU, warm")
