"""What the layer adds to the bare engine, and how fast an answer comes from the cache; both over HTTP."""

import statistics
import time
from collections.abc import Callable, Iterator
from uuid import UUID

import httpx

from bench.hql.place import Place
from bench.hql.table import Line
from hql.catalog import build_catalog
from hql.compile import compile as compile_query
from hql.parameters import bind
from hql.reader import Reader
from tests.hql import dataset
from tests.hql.cases import legitimate_cases
from warehouse.clickhouse import reader_settings

_EVERY = 5
"""One of so many queries of the corpus is asked."""

_ROUNDS = 7
_HITS = 200
THOUSAND = (
    "select request_id, created_at, user_id, model, status_code, latency_ms, input_tokens, output_tokens, cost_usd, "
    "properties from requests order by request_id limit 1000"
)


def measure(place: Place, organization_id: UUID) -> Iterator[Line]:
    with httpx.Client(timeout=120) as client:
        ask = _asking(client, place, organization_id)
        ours, new_texts = _differences(client, place, organization_id, ask)
        yield Line("HQL minus bare engine", f"{statistics.median(ours):.1f}", "5", "ms p50, Arrow, past the cache")
        about = "ms p50, for texts never seen: compiled, and described by the engine"
        yield Line("the same, compiled each time", f"{statistics.median(new_texts):.1f}", "", about)
        # The corpus' rows are fewer than the question asks for.
        place.write(dataset.inserts(organization_id)[0].replace(f"numbers({dataset.ROWS})", "numbers(1000, 1000)"))
        for format in ("json", "arrow"):
            yield _hits(ask, format)


def _asking(client: httpx.Client, place: Place, organization_id: UUID) -> Callable[..., float]:
    headers = place.headers(organization_id)

    def ask(sql: str, **options: object) -> float:
        began = time.perf_counter()
        client.post(f"{place.url}/v1/hql", json={"sql": sql, **options}, headers=headers).raise_for_status()
        return (time.perf_counter() - began) * 1000

    return ask


def _differences(
    client: httpx.Client, place: Place, organization_id: UUID, ask: Callable[..., float]
) -> tuple[list[float], list[float]]:
    """For each query the milliseconds more than the engine's, of a known text and of a new one."""
    catalog, known, new = build_catalog(), [], []
    address, who = place.reader
    # The engine fails on totals in a subquery, which the new texts would put them in.
    cases = [case for case in legitimate_cases()[::_EVERY] if "with totals" not in case.sql.lower()]
    for number, case in enumerate(cases):
        query = compile_query(case.sql, catalog, Reader(organization_id))
        values = bind(query.parameters, case.parameters)
        parameters = {f"param_{name}": value for name, value in values.items()}
        asked = {"database": "weir", "default_format": "ArrowStream", "wait_end_of_query": "1"}
        asked |= {name: str(value) for name, value in reader_settings(organization_id).items()} | parameters
        given = {"parameters": case.parameters, "format": "arrow", "fresh": True}
        engine, ours, texts = [], [], []
        for round in range(_ROUNDS):
            began = time.perf_counter()
            client.post(address, params=asked, auth=who, content=query.sql.encode()).raise_for_status()
            engine.append((time.perf_counter() - began) * 1000)
            ours.append(ask(case.sql.rstrip(";"), **given))
            # Another alias is another text, and another question to the engine about its columns.
            texts.append(ask(f"select *, {number} as n{round} from ({case.sql.rstrip(';')})", **given))
        known.append(statistics.median(ours[1:]) - statistics.median(engine[1:]))
        new.append(statistics.median(texts[1:]) - statistics.median(engine[1:]))
    return known, new


def _hits(ask: Callable[..., float], format: str) -> Line:
    ask(THOUSAND, format=format)
    times = [ask(THOUSAND, format=format) for _ in range(_HITS)]
    twentieths = statistics.quantiles(times, n=20)
    figure = f"{statistics.median(times):.1f} / {twentieths[18]:.1f}"
    return Line(f"cache hit, 1,000 rows, {format}", figure, "8 / 25", "ms p50 / p95")
