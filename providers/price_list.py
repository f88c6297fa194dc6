"""The base of our prices: genai-prices, asked with care.

It knows much, but matches names loosely, prices tiers it does not know as standard, and raises on odd usage. So only
its rates are taken from it: which model is meant and what a usage costs is decided here. The list is the one that is
installed, or a newer one that its makers published as a file.

The library is imported on first use, because it takes a third of a second and the gateway never needs it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.metadata import version as version_of
from typing import Any

from providers.model_names import is_named, is_named_on_bedrock, without_address
from providers.rates import Rates

_STANDARD = {None, "standard", "default", "auto", "on_demand"}
_BEDROCK = "aws"
_MILLION = 1_000_000
_KEYS = {
    "input": ("input_mtok", _MILLION),
    "cache_read": ("cache_read_mtok", _MILLION),
    "cache_write": ("cache_write_mtok", _MILLION),
    "cache_write_1h": ("cache_write_1h_mtok", _MILLION),
    "input_audio": ("input_audio_mtok", _MILLION),
    "input_image": ("input_image_mtok", _MILLION),
    "output": ("output_mtok", _MILLION),
    "reasoning": ("output_reasoning_mtok", _MILLION),
    "output_audio": ("output_audio_mtok", _MILLION),
    "output_image": ("output_image_mtok", _MILLION),
    "audio_second": ("input_audio_hours", 3600),
    "web_search": ("web_searches_kcount", 1000),
}
"""What the list calls each kind, and for how many of it a price is."""


class UnreadableList(Exception):
    """What claims to be a price list is none."""


@dataclass(frozen=True)
class Model:
    """A model of the list, found by a name that is really its own."""

    info: Any
    """The library's `ModelInfo`."""
    is_own: bool
    """Whether the provider lists it itself; tiers of models borrowed from another provider are not known."""


class PriceList:
    """Models and their dated prices, by provider."""

    def __init__(self, providers: Iterable[Any], version: str) -> None:
        self.version = version
        self._providers = {provider.id: provider for provider in providers}
        self.find = lru_cache(maxsize=4096)(self._find)
        """Returns the model that a provider calls so, or None."""

    def written_out(self) -> Iterator[tuple[str, str]]:
        """Yields every model with its provider's id before its name, and all it may cost in one line."""
        for provider in self._providers.values():
            for info in provider.models:
                yield f"{provider.id} {info.id}", "; ".join(_written_prices(info))

    def _find(self, price_id: str, name: str) -> Model | None:
        provider = self._providers.get(price_id)
        if provider is None:
            return None
        name = without_address(name.lower())
        info = provider.find_model(name, all_providers=list(self._providers.values()))
        if info is None or not _is_meant(price_id, name, info):
            return None
        return Model(info, any(info is own for own in provider.models))


@cache
def installed_version() -> str:
    return f"genai-prices-{version_of('genai-prices')}"


@cache
def installed() -> PriceList:
    """Returns the list that came with the library."""
    from genai_prices.data import providers

    return PriceList(providers, installed_version())


def read_list(data: bytes | str, version: str) -> PriceList:
    """Reads a list from the JSON its makers publish; raises UnreadableList."""
    from genai_prices import types

    # What the library reads its own updates with; it has no public name for it.
    providers_of = types._providers_from_raw  # noqa: SLF001
    try:
        return PriceList(providers_of(json.loads(data)), version)
    except Exception as error:  # Whatever a later format makes the library raise.
        raise UnreadableList(f"{version} is no list that genai-prices {version_of('genai-prices')} reads") from error


def _is_meant(price_id: str, name: str, info: Any) -> bool:
    if price_id == _BEDROCK and is_named_on_bedrock(name, info.id, _names(info.match)):
        return True
    return price_id != _BEDROCK and is_named(name, [info.id, *_names(info.match)], _patterns(info.match))


def rates_of(model: Model, at: datetime, tier: str | None, input_tokens: int) -> Rates | None:
    """Returns the model's rates at that time, tier and length of prompt; None if the list cannot know them."""
    context = _context(tier)
    if context and not (model.is_own and _has_variant(model.info, at, context)):
        return None
    prices = model.info.get_prices(at, context)
    if getattr(prices, "requests_kcount", None) is not None:
        return None  # Fees by search context, which the list always takes for the highest.
    rates = {name: _rate(getattr(prices, key, None), per, input_tokens) for name, (key, per) in _KEYS.items()}
    if rates["audio_second"] is not None and rates["input"] is None and rates["output"] is None:
        rates |= {"input": Decimal(0), "output": Decimal(0)}  # Tokens are told, but not billed.
    return Rates(**rates) if any(rate is not None for rate in rates.values()) else None


def context_borders(model: Model) -> set[int]:
    """Returns the prompt lengths above which some rate of the model differs."""
    return {tier.start for value in _all_values(model.info) for tier in getattr(value, "tiers", ())}


def _context(tier: str | None) -> dict[str, str]:
    """Says a tier in the library's words, which differ by provider."""
    if tier in _STANDARD or tier is None:
        return {}
    if tier == "batch":
        return {"processing": "batch"}
    return {"service_tier": tier, "speed": tier}


def _has_variant(info: Any, at: datetime, context: dict[str, str]) -> bool:
    """Tells whether the list has prices for the tier; without one the library would give the standard price."""
    return any(
        all(context.get(key) == value for key, value in variant.when.items())
        and (variant.constraint is None or variant.constraint.active(at))
        for variant in info.price_variants or ()
    )


def _rate(price: Any, per: int, input_tokens: int) -> Decimal | None:
    if price is None:
        return None
    applicable = getattr(price, "base", price)
    for tier in getattr(price, "tiers", ()):
        if input_tokens > tier.start:
            applicable = tier.price
    return Decimal(applicable) / per


def _clauses(match: Any) -> Iterator[Any]:
    yield match
    for inner in (*getattr(match, "or_", ()), *getattr(match, "and_", ())):
        yield from _clauses(inner)


def _names(match: Any) -> list[str]:
    spelled = ("equals", "starts_with", "contains")
    return [getattr(clause, how) for clause in _clauses(match) for how in spelled if hasattr(clause, how)]


def _patterns(match: Any) -> list[str]:
    """Patterns that say how they end; an open one is a prefix in disguise."""
    regexes = [clause.regex for clause in _clauses(match) if hasattr(clause, "regex")]
    return [regex for regex in regexes if regex.endswith("$")]


def _written_prices(info: Any) -> Iterator[str]:
    for priced in info.prices if isinstance(info.prices, list) else [None]:
        prices = info.prices if priced is None else priced.prices
        yield _written(getattr(priced, "constraint", None), {}, prices)
    for variant in info.price_variants or ():
        yield _written(variant.constraint, variant.when, variant.prices)


def _written(constraint: Any, when: Mapping[str, str], prices: Any) -> str:
    holds = [f"{key} {value}" for key, value in {**(vars(constraint) if constraint else {}), **when}.items()]
    rates = [f"{key} {_written_price(value)}" for key, value in sorted(vars(prices).items()) if value is not None]
    return f"{', '.join(holds)}: {', '.join(rates)}" if holds else ", ".join(rates)


def _written_price(price: Any) -> str:
    tiers = "".join(f" above {tier.start} {tier.price}" for tier in getattr(price, "tiers", ()))
    return f"{getattr(price, 'base', price)}{tiers}"


def _all_values(info: Any) -> Iterator[Any]:
    standard = info.prices if isinstance(info.prices, list) else [info]
    for priced in (*standard, *(info.price_variants or ())):
        yield from vars(priced.prices).values()
