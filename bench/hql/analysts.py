"""Fifty analysts at once: is every row right, does everything stay up, and what do two who send bombs do to the others.

    python -m bench.hql.analysts --minutes 10

Eight organizations of six ask what analysts ask, half of it past the cache, with pauses as people make them. What each
query answers was asked before on a warehouse that held that organization alone; a queue's length and a refusal are no
wrong row, and are counted apart. A third of the time passes without the two abusers, who then keep eight bombs each in
flight, in organizations of their own.
"""

import argparse
import asyncio
import json
import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from bench.hql.place import Place, running
from tests.hql import dataset
from tests.hql.cases import Case, legitimate_cases, rounded
from warehouse.tables import TABLES

ORGANIZATIONS = [UUID(int=number) for number in range(1, 9)]
ABUSERS = [UUID(int=number) for number in (101, 102)]
PER_ORGANIZATION = 6
BOMBS_AT_ONCE = 8
PAUSE_SECONDS = 2.0
_EVERY = 5
"""One of so many queries of the corpus is asked."""

BOMBS = (
    "select max(sipHash64(toString(number))) from numbers(900000000)",
    "select count() from numbers(100000) as a cross join numbers(100000) as b",
    "select arraySort(groupArray(number)) from numbers(900000000)",
    "select uniqExact(number) from numbers(900000000)",
    "select length(arrayMap(x -> toString(x), range(100000000)))",
    "select number % 50000000 as k, count(), any(toString(number)) from numbers(900000000) group by k order by k",
    "select count() from requests as a cross join requests as b cross join requests as c cross join numbers(1000) as d",
    # One call each, which no limit ends.
    "select arraySort(x -> sipHash64(x), range(20000000))[1]",
    "select length(printf('%900000000d', 1))",
)

Rows = list[Any]


@dataclass
class Heard:
    """What came back of one stretch of time."""

    milliseconds: list[float] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        twentieths = statistics.quantiles(self.milliseconds, n=20) if len(self.milliseconds) > 1 else [0.0] * 19
        worst = max(self.milliseconds, default=0.0)
        told = ", ".join(f"{state}: {count}" for state, count in sorted(self.states.items()))
        return f"| {name} | {twentieths[9]:,.0f} / {twentieths[18]:,.0f} / {worst:,.0f} | {len(self.wrong)} | {told} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    minutes = parser.parse_args().minutes
    cases = legitimate_cases()[::_EVERY]
    with running() as place:
        right = {each: _alone(place, each, cases) for each in ORGANIZATIONS}
        for each in (*ORGANIZATIONS, *ABUSERS):
            place.write(*dataset.inserts(each))
            place.headers(each)
        print("| well-behaved | ms p50 / p95 / most | wrong answers | how they came |\n|---|---|---|---|")
        quiet, with_abusers, abusers = asyncio.run(_both(place, right, minutes * 60))
        print(quiet.line("48 alone"))
        print(with_abusers.line("48 beside two abusers"))
        told = ", ".join(f"{state}: {count}" for state, count in sorted(abusers.states.items()))
        print(f"\nThe abusers heard {told}. The api's peak was {place.api.peak_mb():,.0f} MB, the warehouse's "
              f"{place.server.peak_mb():,.0f} MB.")  # fmt: skip
        for each in [*quiet.wrong, *with_abusers.wrong][:10]:
            print(f"wrong: {each}")
        if quiet.wrong or with_abusers.wrong or place.server.process.poll() is not None:
            raise SystemExit(1)


def _alone(place: Place, organization_id: UUID, cases: list[Case]) -> dict[Case, Rows]:
    """What each query answers while the warehouse holds this organization alone."""
    place.write(*(f"truncate table {table.name} sync" for table in TABLES))
    place.write(*dataset.inserts(organization_id))
    with httpx.Client(base_url=place.url, headers=place.headers(organization_id), timeout=60) as client:
        answers = {}
        for case in cases:
            first, second = (client.post("/v1/hql", json=_asked(case, fresh=True)) for _ in range(2))
            # What is not the same twice, as now() is not, says nothing.
            if first.is_success and _rows(first, case) == _rows(second, case):
                answers[case] = _rows(first, case)
    place.write(*(f"truncate table {table.name} sync" for table in TABLES))
    return answers


async def _both(place: Place, right: dict[UUID, dict[Case, Rows]], seconds: float) -> tuple[Heard, Heard, Heard]:
    async with httpx.AsyncClient(
        base_url=place.url, timeout=120, limits=httpx.Limits(max_connections=None, max_keepalive_connections=200)
    ) as client:
        # The first questions of all pay for what is loaded once.
        await _stretch(place, client, right, Heard(), min(15.0, seconds / 6))
        quiet, beside, abusers = Heard(), Heard(), Heard()
        await _stretch(place, client, right, quiet, seconds / 3)
        bombing = [asyncio.ensure_future(_abuse(place, client, each, abusers)) for each in ABUSERS * BOMBS_AT_ONCE]
        await _stretch(place, client, right, beside, seconds * 2 / 3)
        for each in bombing:
            each.cancel()
        await asyncio.gather(*bombing, return_exceptions=True)
    return quiet, beside, abusers


async def _stretch(
    place: Place, client: httpx.AsyncClient, right: dict[UUID, dict[Case, Rows]], heard: Heard, seconds: float
) -> None:
    until = time.monotonic() + seconds
    await asyncio.gather(
        *(
            _analyst(place, client, organization, answers, random.Random(f"{organization}{number}"), heard, until)
            for organization, answers in right.items()
            for number in range(PER_ORGANIZATION)
        )
    )


async def _analyst(
    place: Place,
    client: httpx.AsyncClient,
    organization_id: UUID,
    answers: dict[Case, Rows],
    dice: random.Random,
    heard: Heard,
    until: float,
) -> None:
    cases = list(answers)
    await asyncio.sleep(dice.uniform(0, PAUSE_SECONDS))
    while time.monotonic() < until:
        case = dice.choice(cases)
        began = time.perf_counter()
        response = await client.post(
            "/v1/hql", json=_asked(case, fresh=dice.random() < 0.5), headers=place.headers(organization_id)
        )
        heard.milliseconds.append((time.perf_counter() - began) * 1000)
        if response.is_success:
            heard.states[response.json()["cache"]["state"]] += 1
            if _rows(response, case) != answers[case]:
                heard.wrong.append(f"{organization_id}: {case.title}")
        else:
            heard.states[_code(response)] += 1
        await asyncio.sleep(dice.expovariate(1 / PAUSE_SECONDS))


async def _abuse(place: Place, client: httpx.AsyncClient, organization_id: UUID, heard: Heard) -> None:
    dice = random.Random(str(organization_id))
    while True:
        asked = {"sql": dice.choice(BOMBS), "fresh": True, "timeout": 60}
        response = await client.post("/v1/hql", json=asked, headers=place.headers(organization_id))
        heard.states["answer" if response.is_success else _code(response)] += 1
        # Else a loop of refusals would measure the api's front door.
        await asyncio.sleep(0.2)


def _asked(case: Case, *, fresh: bool) -> dict[str, Any]:
    return {"sql": case.sql.rstrip(";"), "parameters": case.parameters, "limit": 1000, "fresh": fresh}


def _code(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}"


def _rows(response: httpx.Response, case: Case) -> Rows:
    rows = [rounded(row) for row in response.json().get("rows", [])]
    return rows if "order by" in case.sql.lower() else sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


if __name__ == "__main__":
    main()
