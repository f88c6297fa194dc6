import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl
import pytest

from pipelines.transforms.costs import with_costs
from pipelines.transforms.records import parse
from pipelines.transforms.requests import model_requests
from providers.pricing import INSTALLED
from providers.usage import Usage
from tests.pipelines.exchanges import DAY, NOON, exchange
from tests.providers import test_priced_bodies as golden
from warehouse import record

COUNTS = tuple(Usage.__struct_fields__)
NO_USAGE = dict.fromkeys(COUNTS)


def priced(*records: record.Exchange) -> pl.DataFrame:
    return with_costs(model_requests(parse([record.encode(each) for each in records]), DAY).frame)


def test_the_golden_bodies_cost_here_what_they_cost_one_by_one():
    by_day: dict[date, list[tuple[dict[str, Any], record.Exchange]]] = {}
    for case in golden.CASES:
        facts = golden.read(case)
        at = datetime.fromisoformat(case["at"]).replace(tzinfo=UTC)
        made = exchange(
            at,
            provider=case["provider"],
            request_model=case["model"],
            response_model=facts.response_model,
            service_tier=facts.service_tier or case.get("tier_asked"),
            provider_cost_usd=facts.provider_cost_usd,
            **(NO_USAGE if facts.usage is None else msgspec.structs.asdict(facts.usage)),
        )
        by_day.setdefault(at.date(), []).append((case, made))
    for day, cases in by_day.items():
        lines = [record.encode(made) for _, made in cases]
        rows = with_costs(model_requests(parse(lines), day).frame)
        for (case, _), row in zip(cases, rows.iter_rows(named=True), strict=True):
            expected = case["cost"] if case["source"] != "provider_reported" else case["reported"]
            found = row["cost_usd"], row["price_source"]
            assert found == (None if expected is None else Decimal(expected), case["source"]), case["name"]


def some_usage(random: random.Random) -> dict[str, int | None]:
    """Mostly sensible; sometimes parts are larger than their total, negative or unknown."""
    largest = random.choice([50, 5_000, 150_000, 250_000, 600_000])
    least = {"input_tokens": 0, "output_tokens": 0}
    # Billed by the piece, which few models are.
    rarely = {"input_audio_seconds": 0.05, "web_searches": 0.2, "search_units": 0.05}
    return {
        name: None
        if random.random() < 1 - rarely.get(name, 0.8)
        else random.randint(least.get(name, -largest // 100), largest)
        for name in COUNTS
    }


MODELS = [
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini-2024-07-18"),
    ("openai", "gpt-5.4"),
    ("openai", "gpt-4o-audio-preview"),
    ("openai", "text-embedding-3-small"),
    ("openai", "whisper-1"),
    ("cohere", "rerank-v3.5"),
    ("openai", "no-such-model"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-opus-4-6"),
    ("deepseek", "deepseek-chat"),
    ("google", "gemini-2.5-pro"),
    ("demo", "demo-large"),
    ("demo", "demo-small"),
    ("nobody", "nothing"),
]


def test_a_join_gives_what_looking_up_every_row_gives():
    dice = random.Random(7)
    records = []
    for _ in range(1500):
        provider, model = dice.choice(MODELS)
        tier = dice.choice([None, None, "default", "flex", "priority", "batch", "standard-us", "nonsense"])
        at = NOON - timedelta(hours=12) + timedelta(minutes=dice.randrange(24 * 60))
        records.append(exchange(at, provider=provider, request_model=model, service_tier=tier, **some_usage(dice)))
    rows = priced(*records)
    for given, row in zip(records, rows.iter_rows(named=True), strict=True):
        usage = Usage(**{name: getattr(given, name) for name in COUNTS})
        expected = INSTALLED.price(given.provider, given.request_model, usage, given.created_at, given.service_tier)
        assert row["cost_usd"] == (expected.cost_usd and round(expected.cost_usd, 12)), (given, row)
        assert row["price_source"] == expected.source, (given, row)
    assert rows["cost_usd"].null_count() < len(records) * 0.8


def test_a_cost_by_hand():
    # 1,000 prompt tokens, 400 of them cached, 200 answered: 600 × 2.50 + 400 × 1.25 + 200 × 10.00 dollars a million.
    (row,) = priced(
        exchange(request_model="gpt-4o", input_tokens=1000, cache_read_tokens=400, output_tokens=200)
    ).to_dicts()
    assert row["cost_usd"] == Decimal("0.004")
    assert row["price_source"] == "exact"
    assert row["price_version"].startswith("genai-prices-")
    assert row["saved_cost_usd"] is None


def test_the_answering_model_is_priced_not_the_one_asked_for():
    (row,) = priced(exchange(request_model="no-such-model", response_model="gpt-4o")).to_dicts()
    assert row["price_source"] == "exact"


def test_a_cache_hit_costs_nothing_and_saved_its_price():
    hit, miss = priced(exchange(cache_hit=True), exchange()).to_dicts()
    assert (hit["cost_usd"], hit["saved_cost_usd"]) == (0, miss["cost_usd"])


def test_a_call_counts_as_the_model_its_caller_said():
    tuned, meant = priced(
        exchange(request_model="no-such-model", response_model="tuned-1", model_override="gpt-4o"),
        exchange(request_model="gpt-4o"),
    ).to_dicts()
    assert tuned["cost_usd"] is not None
    assert tuned["cost_usd"] == meant["cost_usd"]
    (unknown,) = priced(exchange(request_model="gpt-4o", model_override="no-such-model")).to_dicts()
    assert (unknown["cost_usd"], unknown["price_source"]) == (None, "none")


@pytest.mark.parametrize("fields", [{"request_model": "no-such-model"}, {"request_model": None}, NO_USAGE])
def test_an_unknown_price_is_null(fields):
    (row,) = priced(exchange(**fields)).to_dicts()
    assert (row["cost_usd"], row["price_source"]) == (None, "none")


def test_the_cost_the_provider_reports_is_taken_where_no_price_is_known():
    reported = Decimal("0.0123")
    unknown, known = priced(
        exchange(request_model="no-such-model", provider_cost_usd=reported), exchange(provider_cost_usd=reported)
    ).to_dicts()
    assert (unknown["cost_usd"], unknown["price_source"], unknown["price_version"]) == (
        reported,
        "provider_reported",
        None,
    )
    assert (known["price_source"], known["provider_cost_usd"]) == ("exact", reported)
    assert known["cost_usd"] != reported


def test_no_rows_are_no_costs():
    assert with_costs(model_requests(parse([]), DAY).frame).height == 0
