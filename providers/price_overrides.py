"""Our own prices, which win over the base list; they are data in `price_overrides.toml`."""

import tomllib
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from providers.model_names import is_named
from providers.rates import Rates

_PER_MILLION = Decimal(1_000_000)


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """One row of the table: US dollars per million tokens."""

    provider: str
    model: str
    start: date
    until: date | None = None
    """The first day on which the row no longer holds."""
    tier: str | None = None
    above_tokens: int = 0
    """The row holds for prompts longer than this."""
    unpriced: bool = False
    """Whether the row says only that the base list is wrong."""
    input: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    input_audio: Decimal | None = None
    input_image: Decimal | None = None
    output: Decimal | None = None
    reasoning: Decimal | None = None
    output_audio: Decimal | None = None
    output_image: Decimal | None = None

    def holds(self, at: datetime, tier: str | None, input_tokens: int) -> bool:
        day = at.date()
        is_time = self.start <= day and (self.until is None or day < self.until)
        return is_time and self.tier == tier and input_tokens >= self.above_tokens + bool(self.above_tokens)

    def over(self, base: Rates | None) -> Rates:
        """Lays the row's rates over those of the base list."""
        names = Rates.__dataclass_fields__
        laid = {name: getattr(base, name) if base is not None else None for name in names}
        own = {name: rate / _PER_MILLION for name in names if (rate := getattr(self, name)) is not None}
        return Rates(**(laid | own))


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    prices: list[Override]


def overrides_version() -> str:
    return f"overrides-{_table().version}"


def find_override(provider: str, model: str, at: datetime, tier: str | None, input_tokens: int) -> Override | None:
    """Returns the row that holds: of those for the longest prompts the latest one."""
    rows = [row for row in overrides_of(provider, model) if row.holds(at, tier, input_tokens)]
    return max(rows, key=lambda row: (row.above_tokens, row.start), default=None)


def overrides_of(provider: str, model: str) -> list[Override]:
    """Returns every row of a model, whenever it holds."""
    return [row for row in _by_provider().get(provider, ()) if is_named(model, [row.model])]


@cache
def _table() -> _Table:
    data: Any = tomllib.loads(files("providers").joinpath("price_overrides.toml").read_text(encoding="utf-8"))
    return msgspec.convert(data, _Table)


@cache
def _by_provider() -> dict[str, list[Override]]:
    rows: dict[str, list[Override]] = {}
    for row in _table().prices:
        rows.setdefault(row.provider, []).append(row)
    return rows
