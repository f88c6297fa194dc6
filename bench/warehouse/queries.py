"""How long the dashboard's questions take: compiled, filtered and sent as the product does, for one organization.

An answer from the cache would be no measurement, so the service has none; compiling a text and asking for its columns
is done once for each text in the product too, and is not in the figures.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from uuid import UUID

from api.stored_requests import find_row
from app.page_parts.filters import Looking
from app.page_parts.period import recent
from app.pages.overview.page import QUESTIONS
from app.questions.question import Question
from bench.warehouse.population import MEASURED
from bench.warehouse.segments import LAST_DAY
from bench.warehouse.server import Server
from bench.warehouse.words import Words
from hql.serving.service import HqlService, Result, open_service

RUNS = 5
_PAGE_SIZE = 101
_END = datetime.combine(LAST_DAY, clock(), UTC) + timedelta(days=1)
_TILE_MS, _PAGE_MS = 150, 600
_AT_ONCE = 4
"""What the api lets an organization run at once."""
_COMMON_WORD, _RARE_WORD = 300, 30_000


@dataclass(frozen=True)
class Timing:
    """One question: the median of warm runs, what it read, and what it may take."""

    name: str
    milliseconds: float
    cpu: float
    """Milliseconds that the server's process computed, on average: it holds on a busy machine, where time does not."""
    target: float | None = None
    read_rows: int | None = None
    read_mb: float | None = None


def measure(server: Server, seed: int, runs: int = RUNS) -> list[Timing]:
    """Asks what the dashboard asks."""
    service = open_service(server.reader_url)
    clock = _Clock(server, runs)
    try:
        return [*_overview(service, clock), *_others(service, clock, seed)]
    finally:
        service.close()


def _overview(service: HqlService, clock: "_Clock") -> list[Timing]:
    looking = Looking(recent("30d", _END), {})
    questions = {name: Question(name, looking.parameters) for name in QUESTIONS}
    questions["before"] = Question("key_figures", looking.before.parameters)
    tiles = [_asked(service, clock, f"overview: {name}", asked, _TILE_MS) for name, asked in questions.items()]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        at_once = clock.median(lambda: list(pool.map(lambda asked: _ask(service, asked), questions.values())))
    one_by_one = sum(tile.milliseconds for tile in tiles), sum(tile.cpu for tile in tiles)
    return [
        *tiles,
        Timing("overview: the page's questions, one after the other", *one_by_one),
        Timing("overview: the page's questions, asked at once", *at_once, _PAGE_MS),
    ]


def _others(service: HqlService, clock: "_Clock", seed: int) -> list[Timing]:
    month, week, day = (Looking(recent(range, _END), {"page_size": _PAGE_SIZE}) for range in ("30d", "7d", "24h"))
    tenant = {"property": "tenant", "value": "tenant-114"}
    words = Words(seed).vocabulary
    timings = [
        _asked(service, clock, "key figures of a property's value, 30 days", _of(month, "key_figures", tenant), 300),
        _asked(
            service,
            clock,
            "latest 100 requests of a property's value, 30 days",
            _of(month, "request_list", tenant),
            300,
        ),
        _asked(service, clock, "latest 100 requests, 24 hours", _of(day, "request_list"), 40),
        _asked(service, clock, "latest 100 requests, 30 days", _of(month, "request_list"), 40),
    ]
    for kind, rank in (("common", _COMMON_WORD), ("rare", _RARE_WORD)):
        search = _of(week, "request_list", {"search": words[rank]})
        timings.append(_asked(service, clock, f"search for a {kind} word, 7 days", search, 500))
    nothing = _of(week, "request_list", {"search": "no such word"})
    timings.append(_asked(service, clock, "search for what is not there, 7 days", nothing, 500))
    request_id = _some_request(service, month)
    timings.append(Timing("one request by id", *clock.median(lambda: find_row(service, MEASURED, request_id)), 30))
    filters = [Question(name, {"start": f"{_END - timedelta(days=90):%Y-%m-%d %H:%M:%S}"}) for name in _FILTERS]
    timings += [_asked(service, clock, f"what filters offer: {asked.name}", asked) for asked in filters]
    return timings


_FILTERS = ("known_values", "known_properties")


def _of(looking: Looking, name: str, conditions: Mapping[str, object] | None = None) -> Question:
    return Question(name, looking.parameters | dict(conditions or {}))


def _asked(service: HqlService, clock: "_Clock", name: str, asked: Question, target: float | None = None) -> Timing:
    found = _ask(service, asked)
    return Timing(
        name,
        *clock.median(lambda: _ask(service, asked)),
        target,
        found.read_rows,
        found.read_bytes / 1e6,
    )


def _ask(service: HqlService, asked: Question) -> Result:
    return service.query(MEASURED, asked.sql, parameters=asked.used)


def _some_request(service: HqlService, looking: Looking) -> UUID:
    """An id from the middle of the period."""
    middle = Looking(looking.period.previous, {}).period.end + timedelta(days=15)
    sql = "select request_id from requests where created_at >= {at:DateTime64(6)} order by created_at limit 1"
    (found,) = (
        service.query(MEASURED, sql, parameters={"at": f"{middle:%Y-%m-%d %H:%M:%S}"}).table["request_id"].to_pylist()
    )
    return UUID(found)


@dataclass(frozen=True)
class _Clock:
    server: Server
    runs: int

    def median(self, run: Callable[[], object]) -> tuple[float, float]:
        """Returns the median in milliseconds and the server's CPU time, after one run that warms up."""
        run()
        taken = []
        cpu = self.server.cpu_seconds()
        for _ in range(self.runs):
            began = time.perf_counter()
            run()
            taken.append((time.perf_counter() - began) * 1000)
        return statistics.median(taken), (self.server.cpu_seconds() - cpu) * 1000 / self.runs
