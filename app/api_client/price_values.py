"""Prices that the organization has entered itself, as the api shows and takes them."""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec


class NewPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A price to enter."""

    provider: str
    model: str
    prices: Mapping[str, str]
    """US dollars per million tokens, by kind."""
    valid_from: date
    valid_until: date | None = None
    tier: str | None = None
    above_tokens: int = 0


class OwnPrice(NewPrice, frozen=True, kw_only=True):
    """A price that was entered."""

    id: str
    changed_at: datetime | None = None
    changed_by: str | None = None


class OwnPrices(msgspec.Struct, frozen=True):
    price_overrides: tuple[OwnPrice, ...]
