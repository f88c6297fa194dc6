"""What one call consumed, in one vocabulary for every provider.

The fields are those of `warehouse/record.py`: totals contain their parts, and unknown is None, never zero.
"""

from math import ceil

import msgspec

_LARGEST = 2**53
"""Counts beyond this are no token counts; JSON numbers are not exact there either."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Counts of tokens, and of what else is billed, as the provider reported them."""

    input_tokens: int | None = None
    """Prompt tokens the provider billed, cached ones included."""
    output_tokens: int | None = None
    """Completion tokens the provider billed, reasoning included."""
    cache_read_tokens: int | None = None
    """The part of input_tokens read from the provider's prompt cache."""
    cache_write_tokens: int | None = None
    """The part of input_tokens written to the provider's prompt cache, for any lifetime."""
    cache_write_1h_tokens: int | None = None
    """The part of cache_write_tokens kept for an hour, which costs more."""
    reasoning_tokens: int | None = None
    """The part of output_tokens spent on reasoning."""
    input_audio_tokens: int | None = None
    """The part of input_tokens that was audio."""
    output_audio_tokens: int | None = None
    """The part of output_tokens that was audio."""
    input_image_tokens: int | None = None
    """The part of input_tokens that was pictures, where they are counted apart."""
    output_image_tokens: int | None = None
    """The part of output_tokens that was pictures."""
    input_audio_seconds: int | None = None
    """Seconds of sound that the provider heard and billed by time, a begun one counted whole."""
    web_searches: int | None = None
    """Searches of the web made by the provider's own tool, which are billed one by one."""
    search_units: int | None = None
    """Searches that a rerank was billed as."""


UNKNOWN = Usage()


def count(value: object) -> int | None:
    """Reads a token count as providers write it: a whole number, or one in a string. Anything else is unknown."""
    if value is None:
        return None
    if type(value) is int:
        return value if 0 <= value <= _LARGEST else None
    if isinstance(value, float) and value.is_integer():
        return count(int(value))
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(_LARGEST)):
        return count(int(value))
    return None


def seconds(value: object) -> int | None:
    """Reads a length of time; a begun second counts whole."""
    if isinstance(value, float) and 0 <= value <= _LARGEST:
        return ceil(value)
    return count(value)


def known(usage: Usage) -> Usage | None:
    """Returns the usage, or None if it says nothing at all."""
    return None if usage == UNKNOWN else usage
