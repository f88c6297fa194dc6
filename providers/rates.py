"""What one token of each kind costs, and what a usage costs at such rates.

A usage's fields overlap (parts are contained in their totals); rates are for kinds that do not. Three kinds are no
tokens: seconds of sound, searches of the web, and the searches that a rerank counts as.
"""

from dataclasses import dataclass, fields, replace
from decimal import Decimal

from providers.usage import Usage, known

NO_TOKENS = ("audio_second", "web_search", "search_unit")
"""Kinds that are billed by the piece."""

_ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Rates:
    """US dollars per token, second or search, of one model at one tier, time and length of prompt.

    None means that no price is known. A kind without a rate of its own costs what the kind it is a part of costs;
    `complete` fills that in.
    """

    input: Decimal | None = None
    """Prompt tokens that are in none of the parts below."""
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    """Tokens written to the cache for the usual lifetime."""
    cache_write_1h: Decimal | None = None
    input_audio: Decimal | None = None
    input_image: Decimal | None = None
    output: Decimal | None = None
    """Completion tokens that are in none of the parts below."""
    reasoning: Decimal | None = None
    output_audio: Decimal | None = None
    output_image: Decimal | None = None
    audio_second: Decimal | None = None
    """A second of sound that was heard, where sound is billed by time."""
    web_search: Decimal | None = None
    """A search of the web that the provider's own tool made."""
    search_unit: Decimal | None = None
    """A search as rerankers bill it: one query over up to a hundred documents."""

    def complete(self) -> "Rates":
        """Fills in the rates that follow from others."""
        return Rates(
            input=self.input,
            cache_read=_first(self.cache_read, self.input),
            cache_write=_first(self.cache_write, self.input),
            cache_write_1h=_first(self.cache_write_1h, self.cache_write, self.input),
            input_audio=_first(self.input_audio, self.input),
            input_image=_first(self.input_image, self.input),
            output=self.output,
            reasoning=_first(self.reasoning, self.output),
            output_audio=_first(self.output_audio, self.output),
            output_image=_first(self.output_image, self.output),
            audio_second=self.audio_second,
            web_search=self.web_search,
            search_unit=self.search_unit,
        )

    def is_by_time_alone(self) -> bool:
        """Tells whether sound is billed by the second, and no token is billed."""
        return self.audio_second is not None and not self.input and not self.output

    def times(self, factor: Decimal) -> "Rates":
        """Returns the rates with every known one of tokens multiplied; fees of tools know no surcharge."""
        known = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in NO_TOKENS}
        return replace(self, **{name: None if rate is None else rate * factor for name, rate in known.items()})


@dataclass(frozen=True, kw_only=True)
class Counts:
    """A usage split into kinds that do not overlap, named like the rates that price them."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    input_audio: int = 0
    input_image: int = 0
    output: int = 0
    reasoning: int = 0
    output_audio: int = 0
    output_image: int = 0
    audio_second: int = 0
    web_search: int = 0
    search_unit: int = 0


def split(usage: Usage) -> Counts:
    """Splits a usage; a part that is larger than what is left of its total counts as all that is left."""
    room = max(usage.input_tokens or 0, 0)
    cache_read, room = _take(usage.cache_read_tokens, room)
    written, room = _take(usage.cache_write_tokens, room)
    written_1h, written = _take(usage.cache_write_1h_tokens, written)
    input_audio, room = _take(usage.input_audio_tokens, room)
    input_image, input = _take(usage.input_image_tokens, room)
    reasoning, room = _take(usage.reasoning_tokens, max(usage.output_tokens or 0, 0))
    output_audio, room = _take(usage.output_audio_tokens, room)
    output_image, output = _take(usage.output_image_tokens, room)
    return Counts(
        input=input,
        cache_read=cache_read,
        cache_write=written,
        cache_write_1h=written_1h,
        input_audio=input_audio,
        input_image=input_image,
        output=output,
        reasoning=reasoning,
        output_audio=output_audio,
        output_image=output_image,
        audio_second=max(usage.input_audio_seconds or 0, 0),
        web_search=max(usage.web_searches or 0, 0),
        search_unit=max(usage.search_units or 0, 0),
    )


def cost(usage: Usage, rates: Rates) -> Decimal | None:
    """Returns what the usage costs in US dollars; None if a count that costs something, or its rate, is unknown."""
    full = rates.complete()
    if _is_unknown(usage.input_tokens, full.input) or _is_unknown(usage.output_tokens, full.output):
        return None
    if known(usage) is None or (full.is_by_time_alone() and usage.input_audio_seconds is None):
        return None
    counts = split(usage)
    total = _ZERO
    for field in fields(Counts):
        tokens, rate = getattr(counts, field.name), getattr(full, field.name)
        if tokens and rate is None:
            return None
        if tokens:
            total += tokens * rate
    return total


def _is_unknown(tokens: int | None, rate: Decimal | None) -> bool:
    """Tells whether nobody knows how many tokens there were, and each would have cost something."""
    return tokens is None and rate not in (None, _ZERO)


def _take(part: int | None, room: int) -> tuple[int, int]:
    """Returns how much of the room the part takes, and what it leaves."""
    taken = min(max(part or 0, 0), room)
    return taken, room - taken


def _first(*rates: Decimal | None) -> Decimal | None:
    return next((rate for rate in rates if rate is not None), None)
