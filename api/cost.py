"""What one stored request cost, by kind of token."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

import msgspec

from providers.pricing import INSTALLED, PriceBook
from providers.rates import Counts, split
from providers.usage import Usage

_ROUNDING_USD = Decimal("1e-11")
"""The row's sum has twelve digits after the point; a token's price may have more."""


class CostPart(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of one kind; kinds do not overlap."""

    name: str
    """input, cache_read, cache_write, cache_write_1h, input_audio, input_image, output, reasoning, output_audio or
    output_image; or audio_second, web_search or search_unit, of which there are as many as `tokens` says."""
    tokens: int
    usd_per_million: Decimal
    cost_usd: Decimal


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What the call cost, and where the price came from."""

    cost_usd: Decimal | None
    price_source: str
    price_version: str | None
    provider_cost_usd: Decimal | None
    saved_cost_usd: Decimal | None
    parts: tuple[CostPart, ...] = ()
    """Empty where the price lists of today do not give the sum that the row has."""


def cost_of(row: Mapping[str, Any], book: PriceBook = INSTALLED, organization: str | None = None) -> Cost:
    """Returns the cost as the row has it, taken apart where that can still be done."""
    parts = _parts(row, book, organization)
    missing = (row["cost_usd"] or 0) - sum(part.cost_usd for part in parts)
    if abs(missing) > _ROUNDING_USD:
        parts = ()
    return Cost(
        cost_usd=row["cost_usd"],
        price_source=row["price_source"],
        price_version=row["price_version"],
        provider_cost_usd=row["provider_cost_usd"],
        saved_cost_usd=row["saved_cost_usd"],
        parts=parts,
    )


def _parts(row: Mapping[str, Any], book: PriceBook, organization: str | None) -> tuple[CostPart, ...]:
    usage = Usage(**{field: row.get(field) for field in Usage.__struct_fields__})
    if row["model"] is None:
        return ()
    at, tier, tokens = row["created_at"], row["service_tier"], usage.input_tokens or 0
    found = book.rates(row["provider"], row["model"], at, tier, tokens, organization)
    if found is None:
        return ()
    counts = split(usage)
    priced = ((each.name, getattr(counts, each.name), getattr(found.rates, each.name)) for each in fields(Counts))
    return tuple(
        CostPart(name=name, tokens=tokens, usd_per_million=rate * 1_000_000, cost_usd=tokens * rate)
        for name, tokens, rate in priced
        if tokens and rate is not None
    )
