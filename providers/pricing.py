"""What a call cost in US dollars, by dated prices.

A `PriceBook` asks three tables, the first that knows a price wins: what an organization has agreed on, our own
overrides, genai-prices. A model is priced only if its name is one that a table really knows; an unknown tier, or a
usage that is not known, leaves the cost unknown. Nothing here raises on what a provider reported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal

from providers.catalog import load_catalog
from providers.price_list import PriceList, context_borders, installed, installed_version, rates_of
from providers.price_overrides import NO_OVERRIDES, Overrides, our_overrides
from providers.rates import Rates, cost
from providers.usage import Usage

PriceSource = Literal["exact", "override", "none"]

_STANDARD_TIERS = {"standard", "default", "auto", "on_demand", "standard_only"}
_US_ONLY = "-us"
_US_ONLY_FACTOR = Decimal("1.1")
"""Anthropic's surcharge for inference in the United States alone, on every kind of token."""


@dataclass(frozen=True)
class Price:
    """What a call cost, and by which lists."""

    cost_usd: Decimal | None
    source: PriceSource
    version: str


@dataclass(frozen=True)
class PricedRates:
    """The rates of a model, and which kind of table they come from."""

    rates: Rates
    source: PriceSource


@dataclass(frozen=True)
class PriceBook:
    """The prices in force."""

    prices: PriceList | None = None
    """The base list; None for the one that is installed."""
    agreed: Mapping[str, Overrides] = field(default_factory=dict)
    """What organizations have agreed on with their providers, by the organization's id in small letters."""

    def version(self, organization: str | None = None) -> str:
        """Names the tables that an organization's prices come from, for the row that keeps them."""
        base = installed_version() if self.prices is None else self.prices.version
        own = self._agreed(organization).version
        return "+".join(filter(None, (base, our_overrides().version, own)))

    def price(
        self,
        provider: str,
        model: str,
        usage: Usage | None,
        at: datetime,
        tier: str | None = None,
        organization: str | None = None,
    ) -> Price:
        """Prices a usage at the time of its request; `tier` is the one the response reported."""
        version = self.version(organization)
        if usage is None:
            return Price(None, "none", version)
        found = self.rates(provider, model, at, tier, usage.input_tokens or 0, organization)
        amount = None if found is None else cost(usage, found.rates)
        if found is None or amount is None:
            return Price(None, "none", version)
        return Price(amount, found.source, version)

    def rates(
        self,
        provider: str,
        model: str,
        at: datetime,
        tier: str | None,
        input_tokens: int,
        organization: str | None = None,
    ) -> PricedRates | None:
        """Returns what a token of each kind costs; None if the model, or its price at that tier, is unknown.

        Rates are the same for equal provider, model and tier on one UTC day (half hour, where `is_priced_by_the_hour`)
        between two `context_bands`. With `rates.split(usage)` a cost is a sum of counts times rates, so that many rows
        can be priced by a join.
        """
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        if tier is not None and tier.endswith(_US_ONLY):
            found = self.rates(provider, model, at, tier.removesuffix(_US_ONLY), input_tokens, organization)
            return found and replace(found, rates=found.rates.times(_US_ONLY_FACTOR))
        tier = None if tier in _STANDARD_TIERS else tier
        found = self._listed(provider, model, at, tier, input_tokens)
        agreed = self._agreed(organization).find(provider, model, at, tier, input_tokens)
        if agreed is not None:
            return PricedRates(agreed.over(None if found is None else found.rates).complete(), "override")
        return found and replace(found, rates=found.rates.complete())

    def context_bands(self, provider: str, model: str, organization: str | None = None) -> tuple[int, ...]:
        """Returns the prompt lengths above which other rates apply, ascending."""
        listed = self._list.find(price_id(provider), model)
        borders = context_borders(listed) if listed is not None else set()
        rows = (*our_overrides().of(provider, model), *self._agreed(organization).of(provider, model))
        return tuple(sorted(borders | {row.above_tokens for row in rows if row.above_tokens}))

    def is_priced_by_the_hour(self, provider: str, model: str) -> bool:
        """Tells whether a model's price changes within the day; where it does, it does on the half hour."""
        listed = self._list.find(price_id(provider), model)
        prices = listed.info.prices if listed is not None else None
        return isinstance(prices, list) and any(hasattr(priced.constraint, "start_time") for priced in prices)

    @property
    def _list(self) -> PriceList:
        return installed() if self.prices is None else self.prices

    def _agreed(self, organization: str | None) -> Overrides:
        return self.agreed.get(organization, NO_OVERRIDES) if organization is not None else NO_OVERRIDES

    def _listed(
        self, provider: str, model: str, at: datetime, tier: str | None, input_tokens: int
    ) -> PricedRates | None:
        """Returns what everybody pays, kinds without a rate of their own left open."""
        override = our_overrides().find(provider, model, at, tier, input_tokens)
        if override is not None and override.unpriced:
            return None
        listed = self._list.find(price_id(provider), model)
        base = None if listed is None else rates_of(listed, at, tier, input_tokens)
        if override is not None:
            return PricedRates(override.over(base), "override")
        return None if base is None else PricedRates(base, "exact")


INSTALLED = PriceBook()
"""The prices that came with this installation, without any organization's own."""


@lru_cache(maxsize=1024)
def price_id(provider: str) -> str:
    """Returns the provider's name in the base list; one that is not in our catalogue keeps its own."""
    known = _catalog().get(provider)
    return provider if known is None else known.price_id or ""


_catalog = cache(load_catalog)
