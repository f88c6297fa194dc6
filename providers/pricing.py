"""What a call cost in US dollars, by dated prices: our own table first, genai-prices behind it.

A model is priced only if its name is one the price list really knows; an unknown tier, or a usage that is not known,
leaves the cost unknown. Nothing here raises on what a provider reported.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal

from providers.catalog import load_catalog
from providers.price_list import Model, context_borders, find_model, list_version, rates_of
from providers.price_overrides import find_override, overrides_of, overrides_version
from providers.rates import Rates, cost
from providers.usage import Usage

PriceSource = Literal["exact", "override", "none"]

_STANDARD_TIERS = {"standard", "default", "auto", "on_demand"}
_US_ONLY = "-us"
_US_ONLY_FACTOR = Decimal("1.1")
"""Anthropic's surcharge for inference in the United States alone, on every kind of token."""


@dataclass(frozen=True)
class Price:
    """What a call cost, and by which list."""

    cost_usd: Decimal | None
    source: PriceSource
    version: str


@dataclass(frozen=True)
class PricedRates:
    """The rates of a model, and by which list."""

    rates: Rates
    source: PriceSource


def price(provider: str, model: str, usage: Usage | None, at: datetime, tier: str | None = None) -> Price:
    """Prices a usage at the time of its request; `tier` is the one the response reported."""
    if usage is None:
        return Price(None, "none", price_version())
    found = rates(provider, model, at, tier, usage.input_tokens or 0)
    amount = None if found is None else cost(usage, found.rates)
    if found is None or amount is None:
        return Price(None, "none", price_version())
    return Price(amount, found.source, price_version())


def rates(provider: str, model: str, at: datetime, tier: str | None, input_tokens: int) -> PricedRates | None:
    """Returns what a token of each kind costs; None if the model, or its price at that tier, is unknown.

    Rates are the same for equal provider, model and tier on one UTC day (half hour, where `is_priced_by_the_hour`)
    between two `context_bands`. With `rates.split(usage)` a cost is a sum of counts times rates, so that many rows
    can be priced by a join.
    """
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    if tier is not None and tier.endswith(_US_ONLY):
        found = rates(provider, model, at, tier.removesuffix(_US_ONLY), input_tokens)
        return found and PricedRates(found.rates.times(_US_ONLY_FACTOR), found.source)
    tier = None if tier in _STANDARD_TIERS else tier
    override = find_override(provider, model, at, tier, input_tokens)
    if override is not None and override.unpriced:
        return None
    listed = find_model(price_id(provider), model)
    base = None if listed is None else rates_of(listed, at, tier, input_tokens)
    if override is not None:
        return PricedRates(override.over(base).complete(), "override")
    return None if base is None else PricedRates(base.complete(), "exact")


def context_bands(provider: str, model: str) -> tuple[int, ...]:
    """Returns the prompt lengths above which other rates apply, ascending."""
    listed: Model | None = find_model(price_id(provider), model)
    borders = context_borders(listed) if listed is not None else set()
    own = {row.above_tokens for row in overrides_of(provider, model) if row.above_tokens}
    return tuple(sorted(borders | own))


@lru_cache(maxsize=4096)
def is_priced_by_the_hour(provider: str, model: str) -> bool:
    """Tells whether a model's price changes within the day; where it does, it does on the half hour."""
    listed = find_model(price_id(provider), model)
    prices = listed.info.prices if listed is not None else None
    return isinstance(prices, list) and any(hasattr(priced.constraint, "start_time") for priced in prices)


@cache
def price_version() -> str:
    """Names the lists that prices come from, for the row that keeps one."""
    return f"{list_version()}+{overrides_version()}"


@lru_cache(maxsize=1024)
def price_id(provider: str) -> str:
    """Returns the provider's name in the base list; one that is not in our catalogue keeps its own."""
    known = _catalog().get(provider)
    return provider if known is None else known.price_id or ""


_catalog = cache(load_catalog)
