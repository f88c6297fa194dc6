"""Prices that win over the base list: our own, which are data in `price_overrides.toml`, and those of organizations."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from providers.model_names import is_named
from providers.rates import NO_TOKENS, Rates

_PER_MILLION = Decimal(1_000_000)
ANY = "*"


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """One row of a table: US dollars per million tokens; per second, search or rerank's search for the last three."""

    provider: str
    """The provider's id in our catalogue, or `*` for every provider."""
    model: str
    """The model's name, which holds with a date behind it too; or a pattern, where `*` stands for anything."""
    start: date
    until: date | None = None
    """The first day on which the row no longer holds."""
    tier: str | None = None
    """The price tier the row is for; None for the standard one alone."""
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
    audio_second: Decimal | None = None
    web_search: Decimal | None = None
    search_unit: Decimal | None = None

    def is_of(self, provider: str, model: str) -> bool:
        """Tells whether the row is about the model, at whatever time and tier."""
        if self.provider not in (provider, ANY):
            return False
        if ANY in self.model:
            return re.fullmatch(".*".join(map(re.escape, self.model.lower().split(ANY))), model.lower()) is not None
        return is_named(model, [self.model])

    def holds(self, at: datetime, tier: str | None, input_tokens: int) -> bool:
        day = at.date()
        is_time = self.start <= day and (self.until is None or day < self.until)
        return is_time and self.tier == tier and input_tokens >= self.above_tokens + bool(self.above_tokens)

    def over(self, base: Rates | None) -> Rates:
        """Lays the row's rates over those of the base list."""
        names = Rates.__dataclass_fields__
        laid = {name: getattr(base, name) if base is not None else None for name in names}
        own = {
            name: rate if name in NO_TOKENS else rate / _PER_MILLION
            for name in names
            if (rate := getattr(self, name)) is not None
        }
        return Rates(**(laid | own))

    def closeness(self) -> tuple[int, bool, bool, int, date]:
        """Orders rows that hold: longer prompts first, then the exact over the general, then the latest."""
        return (self.above_tokens, ANY not in self.model, self.provider != ANY, len(self.model), self.start)


class Overrides:
    """A table of such rows."""

    def __init__(self, rows: Iterable[Override], version: str = "") -> None:
        self.rows = tuple(rows)
        self.version = version
        self.of = lru_cache(maxsize=4096)(self._of)
        """Returns every row of a provider's model, whenever it holds."""

    def find(self, provider: str, model: str, at: datetime, tier: str | None, input_tokens: int) -> Override | None:
        """Returns the row that holds: of those for the longest prompts the one that is most about this model."""
        rows = (row for row in self.of(provider, model) if row.holds(at, tier, input_tokens))
        return max(rows, key=Override.closeness, default=None)

    def _of(self, provider: str, model: str) -> tuple[Override, ...]:
        return tuple(row for row in self.rows if row.is_of(provider, model))


NO_OVERRIDES = Overrides(())


def agreed(rows: Iterable[Mapping[str, object]]) -> Overrides:
    """Returns an organization's own table; its version is the same for the same rows, and for no others.

    Raises msgspec.ValidationError for what is no row.
    """
    read = msgspec.convert(list(rows), list[Override])
    digest = hashlib.sha256(msgspec.json.encode(sorted(map(msgspec.json.encode, read)))).hexdigest()
    return Overrides(read, f"agreed-{digest[:8]}")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    prices: list[Override]


@cache
def our_overrides() -> Overrides:
    """Returns the table that comes with this package."""
    data: Any = tomllib.loads(files("providers").joinpath("price_overrides.toml").read_text(encoding="utf-8"))
    read = msgspec.convert(data, _File)
    return Overrides(read.prices, f"overrides-{read.version}")
