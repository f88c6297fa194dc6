"""Compares our prices with those that LiteLLM publishes, for the chat models of five providers.

    python -m tests.providers.cross_check model_prices_and_context_window.json

writes the facts that are compared, models and prices, to `fixtures/other_prices.json`. Run it with a newer file now and
then, and explain what differs in `fixtures/price_differences.toml`.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from providers.pricing import INSTALLED
from tests.providers.cases import FIXTURES

FACTS = FIXTURES / "other_prices.json"
REASONS = FIXTURES / "price_differences.toml"
AT = datetime(2026, 11, 21, 20, tzinfo=UTC)
"""When the file was current; by night for those who charge more by day."""

_PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    "groq": "groq",
    "cohere_chat": "cohere",
    "cohere": "cohere",
}
_MODES = ("chat", "completion", "responses")
_KINDS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "input_cost_per_audio_token": "input_audio",
    "output_cost_per_audio_token": "output_audio",
    "output_cost_per_reasoning_token": "reasoning",
}
_TIERS = {"batches": "batch", "flex": "flex", "priority": "priority"}
_KEY = re.compile(
    rf"(?P<kind>{'|'.join(sorted(_KINDS, key=len, reverse=True))})"
    rf"(?:_above_(?P<above>\d+)k_tokens)?(?:_(?P<tier>{'|'.join(_TIERS)}))?"
)


def differences() -> list[str]:
    """Returns each difference as a line."""
    models: dict[str, dict[str, dict[str, str]]] = json.loads(FACTS.read_text(encoding="utf-8"))["models"]
    return [line for name, variants in models.items() for line in _of_model(name, variants)]


def explained() -> list[str]:
    """Returns the lines that somebody has explained."""
    groups = tomllib.loads(REASONS.read_text(encoding="utf-8"))["differences"]
    assert all(group["reason"].endswith(".") for group in groups)
    return [line for group in groups for line in group["lines"]]


def _of_model(name: str, variants: dict[str, dict[str, str]]) -> Iterator[str]:
    provider, model = name.split(" ", 1)
    for variant, theirs in variants.items():
        tier, above = variant.removesuffix("k").split(" above ") if " above " in variant else (variant, "0")
        tokens = int(above) * 1000 + 1
        found = INSTALLED.rates(provider, model, AT, None if tier == "standard" else tier, tokens)
        if found is None:
            yield f"{name}, {variant}: no price here, {theirs.get('input')} and {theirs.get('output')} there"
            continue
        for kind, their_price in theirs.items():
            rate = getattr(found.rates, kind)
            ours = None if rate is None else _shown(rate * 1_000_000)
            if ours != their_price:
                yield f"{name}, {variant}: {kind} {ours} here, {their_price} there"


def write_facts(path: str) -> None:
    """Takes models and prices from LiteLLM's file."""
    with open(path, encoding="utf-8") as file:
        listed: dict[str, dict[str, Any]] = json.load(file, parse_float=Decimal)
    models = {}
    for name, facts in sorted(listed.items()):
        provider = _PROVIDERS.get(facts.get("litellm_provider", ""))
        variants = _variants(facts)
        if provider is not None and facts.get("mode") in _MODES and "standard" in variants:
            models[f"{provider} {re.sub(r'^(gemini|groq|cohere|cohere_chat)/', '', name)}"] = variants
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(variants)}" for name, variants in models.items())
    FACTS.write_text(f'{{"at": "{AT.date()}", "models": {{\n{lines}\n}}}}\n', encoding="utf-8")


def _variants(facts: dict[str, Any]) -> dict[str, dict[str, str]]:
    variants: dict[str, dict[str, str]] = {}
    for key, price in facts.items():
        match = _KEY.fullmatch(key)
        if match is None or price is None:
            continue
        tier = _TIERS.get(match["tier"] or "", "standard")
        variant = f"{tier} above {match['above']}k" if match["above"] else tier
        variants.setdefault(variant, {})[_KINDS[match["kind"]]] = _shown(Decimal(price) * 1_000_000)
    return variants


def _shown(price: Decimal) -> str:
    return format(price.normalize(), "f")


if __name__ == "__main__":
    write_facts(sys.argv[1])
