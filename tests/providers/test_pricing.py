"""Costs, recomputed by hand in the cases."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.model_names import is_named, without_address
from providers.price_overrides import our_overrides
from providers.pricing import INSTALLED
from providers.rates import Counts, split
from providers.usage import Usage
from tests.providers.cases import load

NOVEMBER = datetime(2026, 11, 1, 12, tzinfo=UTC)
MODELS = [
    ("openai", "gpt-4o", None),
    ("openai", "gpt-5", "flex"),
    ("openai", "gpt-4o-audio-preview", None),
    ("anthropic", "claude-sonnet-4-5", None),
    ("anthropic", "claude-sonnet-4-20250514", None),
    ("anthropic", "claude-opus-4-6", "standard-us"),
    ("deepseek", "deepseek-flash", None),
    ("google", "gemini-2.5-pro", None),
    ("demo", "demo-large", None),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("case", load("costs"), ids=lambda case: f"{case['model']}: {case['why']}")
def test_a_call_costs(case: dict[str, Any]) -> None:
    usage = None if case["usage"] is None else Usage(**case["usage"])
    found = INSTALLED.price(case["provider"], case["model"], usage, at(case["at"]), case.get("tier"))
    expected = None if case["cost"] is None else Decimal(case["cost"])
    assert (found.cost_usd, found.source) == (expected, case["source"])


counts = st.none() | st.integers(0, 400_000)
usages = st.builds(Usage, **dict.fromkeys(Usage.__struct_fields__, counts))


@given(usage=usages, model=st.sampled_from(MODELS))
def test_a_cost_is_the_sum_of_counts_times_rates(usage: Usage, model: tuple[str, str, str | None]) -> None:
    provider, name, tier = model
    found = INSTALLED.rates(provider, name, NOVEMBER, tier, usage.input_tokens or 0)
    assert found is not None
    tokens = split(usage)
    counted = {field.name: getattr(tokens, field.name) for field in fields(Counts)}
    total = sum(count * (getattr(found.rates, kind) or Decimal(0)) for kind, count in counted.items())
    is_without_rate = any(count and getattr(found.rates, kind) is None for kind, count in counted.items())
    cost = INSTALLED.price(provider, name, usage, NOVEMBER, tier).cost_usd
    if usage.input_tokens is None or usage.output_tokens is None or is_without_rate:
        assert cost is None
    else:
        assert cost == total


@given(usage=usages)
def test_no_token_is_counted_twice_or_lost(usage: Usage) -> None:
    tokens = split(usage)
    cached = tokens.cache_read + tokens.cache_write + tokens.cache_write_1h
    assert cached + tokens.input + tokens.input_audio + tokens.input_image == (usage.input_tokens or 0)
    outputs = tokens.output + tokens.reasoning + tokens.output_audio + tokens.output_image
    assert outputs == (usage.output_tokens or 0)


@given(st.builds(Usage, **dict.fromkeys(Usage.__struct_fields__, st.none() | st.integers(-(10**6), 10**20))))
def test_no_usage_raises(usage: Usage) -> None:
    for provider, model, tier in MODELS:
        INSTALLED.price(provider, model, usage, NOVEMBER, tier)


@pytest.mark.parametrize("model", ["", " ", "🙂", "a" * 5000, "ft:", "ft::::", "*", "(", "../gpt-4o", "None"])
def test_no_model_name_raises(model: str) -> None:
    for provider in ("openai", "anthropic", "demo", "", "nobody"):
        assert INSTALLED.price(provider, model, Usage(input_tokens=1, output_tokens=1), NOVEMBER, "x").cost_usd is None


@pytest.mark.parametrize(
    "case",
    [case for case in load("costs") if case["source"] == "exact" and "no more is cached" not in case["why"]],
    ids=lambda case: f"{case['model']}: {case['why']}",
)
def test_the_library_agrees_where_it_is_right(case: dict[str, Any]) -> None:
    import genai_prices

    known = {name: count for name, count in case["usage"].items() if name != "reasoning_tokens"}
    tier = case.get("tier") or "default"
    base = tier.removesuffix("-us")
    found = genai_prices.calc_price(
        genai_prices.Usage(**known),
        without_address(case["model"]),
        provider_id=case["provider"],
        genai_request_timestamp=at(case["at"]),
        price_context={"processing": "batch"} if base == "batch" else {"service_tier": base, "speed": base},
    )
    surcharge = Decimal("1.1") if tier.endswith("-us") else Decimal(1)
    assert found.total_price * surcharge == Decimal(case["cost"])


def test_the_time_zone_of_the_request_does_not_matter() -> None:
    usage = Usage(input_tokens=1000, output_tokens=100)
    peak = datetime(2026, 11, 2, 2, tzinfo=UTC)
    elsewhere = peak.astimezone(timezone(timedelta(hours=9)))
    naive = peak.replace(tzinfo=None)
    costs = {
        INSTALLED.price("deepseek", "deepseek-flash", usage, moment).cost_usd for moment in (peak, elsewhere, naive)
    }
    assert costs == {Decimal("0.00042")}


def test_context_bands_are_where_rates_change() -> None:
    assert INSTALLED.context_bands("anthropic", "claude-sonnet-4-5") == (200_000,)
    assert INSTALLED.context_bands("anthropic", "claude-sonnet-4-20250514") == (200_000,)
    assert INSTALLED.context_bands("demo", "demo-large") == (200_000,)
    assert INSTALLED.context_bands("openai", "gpt-4o") == ()
    assert INSTALLED.context_bands("nobody", "x") == ()


def test_some_models_are_priced_by_the_hour() -> None:
    assert INSTALLED.is_priced_by_the_hour("deepseek", "deepseek-flash")
    assert not INSTALLED.is_priced_by_the_hour("openai", "gpt-4o")
    assert not INSTALLED.is_priced_by_the_hour("nobody", "x")


def test_the_version_names_both_lists() -> None:
    assert INSTALLED.version().startswith("genai-prices-0.2.")
    assert "+overrides-2026-" in INSTALLED.version()


def test_rates_go_back_to_their_parts_when_they_are_not_given() -> None:
    found = INSTALLED.rates("openai", "gpt-4o", NOVEMBER, None, 0)
    assert found is not None
    assert found.rates.cache_write == found.rates.input == Decimal("0.0000025")
    assert found.rates.reasoning == found.rates.output == Decimal("0.00001")


@pytest.mark.parametrize("provider", ["demo", "openai", "anthropic", "deepseek", "mistral"])
def test_every_row_of_our_own_table_says_something(provider: str) -> None:
    rows = [
        row
        for model in ("demo-small", "gpt-4o-audio-preview", "claude-sonnet-4", "deepseek-chat", "mistral-large-latest")
        for row in our_overrides().of(provider, model)
    ]
    assert rows
    for row in rows:
        assert row.unpriced or row.input is not None or row.input_audio is not None


@pytest.mark.parametrize(
    ("model", "names", "expected"),
    [
        ("gpt-4o", ["gpt-4o"], True),
        ("GPT-4o", ["gpt-4o"], True),
        ("gpt-4o-2024-08-06", ["gpt-4o"], True),
        ("claude-sonnet-4-5-20250929", ["claude-sonnet-4-5"], True),
        ("claude-sonnet-4@20250514", ["claude-sonnet-4"], True),
        ("claude-3-5-sonnet-latest", ["claude-3-5-sonnet"], True),
        ("gpt-4-0613", ["gpt-4"], True),
        ("gemini-2.0-flash-001", ["gemini-2.0-flash"], True),
        ("gemini-2.5-pro-preview-05-06", ["gemini-2.5-pro"], True),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", ["anthropic.claude-sonnet-4-5"], True),
        ("ft:gpt-4o-2024-08-06:acme::id", ["ft:gpt-4o"], True),
        ("gpt-4o-mini", ["gpt-4o"], False),
        ("gpt-4o-2024", ["gpt-4o-20"], False),
        ("claude-sonnet-4-5-giant", ["claude-sonnet-4-5"], False),
        ("gemini-2.5-pro-ultra", ["gemini-2.5-pro"], False),
        ("my-gpt-4o", ["gpt-4o"], False),
        ("", ["gpt-4o"], False),
    ],
)
def test_a_name_is_known_exactly_or_by_its_date(model: str, names: list[str], expected: bool) -> None:
    assert is_named(model, names) is expected
