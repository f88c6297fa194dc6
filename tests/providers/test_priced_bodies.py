"""The golden cases of cost: what a vendor writes on the wire, what was used, and what it cost.

A case has its arithmetic in `sum`, at the vendor's prices: dollars per million tokens, `each`, or `an hour` of seconds.
It is worked out here, so that nobody need believe `cost`.
"""

import re
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from providers.dialects.dialect import DIALECTS
from providers.facts import ResponseFacts
from providers.pricing import INSTALLED
from providers.rates import split
from providers.usage import Usage
from tests.providers.cases import body_of, load, stream

CASES = load("priced_bodies")
PICODOLLARS = Decimal("1e-12")
"""What a row's cost is rounded to."""

_TERM = re.compile(r"(\d+)( s)? × ([\d.]+)( each| an hour)?")
_DIVISORS = {None: 1_000_000, " each": 1, " an hour": 3600}


def read(case: dict[str, Any]) -> ResponseFacts:
    dialect = DIALECTS[case["dialect"]]
    if "stream" not in case:
        return dialect.parse_response(body_of(case))
    reader = dialect.new_stream()
    reader.feed(stream(case["stream"]))
    return reader.facts()


def worked_out(sum: str) -> Decimal:
    total = Decimal(0)
    for written in sum.split(" + "):
        term = _TERM.fullmatch(written)
        assert term is not None, f"`{written}` is no term"
        total += int(term[1]) * Decimal(term[3]) / _DIVISORS[term[4]]
    return total


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['dialect']}: {case['name']}")
def test_a_body_costs(case: dict[str, Any]) -> None:
    facts = read(case)
    assert facts.usage == (None if case["usage"] is None else Usage(**case["usage"]))
    tier = facts.service_tier or case.get("tier_asked")
    at = datetime.fromisoformat(case["at"]).replace(tzinfo=UTC)
    found = INSTALLED.price(case["provider"], facts.response_model or case["model"], facts.usage, at, tier)
    cost = found.cost_usd
    assert facts.provider_cost_usd == (Decimal(case["reported"]) if "reported" in case else None)
    if case["cost"] is None:
        assert (cost, found.source, case["sum"]) == (None, "none", None)
    else:
        assert cost is not None
        assert (round(cost, 12), found.source) == (Decimal(case["cost"]), case["source"])
        assert abs(worked_out(case["sum"]) - Decimal(case["cost"])) < PICODOLLARS


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['dialect']}: {case['name']}")
def test_every_token_is_in_one_bucket(case: dict[str, Any]) -> None:
    usage = read(case).usage or Usage()
    counts = asdict(split(usage))
    assert min(counts.values()) >= 0
    kinds_in = ("input", "cache_read", "cache_write", "cache_write_1h", "input_audio", "input_image")
    assert sum(counts[kind] for kind in kinds_in) == (usage.input_tokens or 0)
    kinds_out = ("output", "reasoning", "output_audio", "output_image")
    assert sum(counts[kind] for kind in kinds_out) == (usage.output_tokens or 0)


def test_there_are_cases_of_every_dialect() -> None:
    assert {case["dialect"] for case in CASES} == set(DIALECTS)
    assert len(CASES) >= 120
