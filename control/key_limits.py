"""Limits that stand on an API key: so many requests, tokens or cents in so many seconds.

They are kept here and enforced by the gateway. People write them as in the header `Weir-RateLimit-Policy`:
`1000;w=3600;u=request`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast, get_args

from control.errors import InvalidValue

LimitUnit = Literal["request", "token", "cent"]
LIMIT_UNITS: tuple[LimitUnit, ...] = get_args(LimitUnit)

LONGEST_WINDOW_SECONDS = 366 * 24 * 3600
MOST_LIMITS = 8
_LARGEST_QUOTA = 10**15
_WRITTEN = re.compile(r"(?P<quota>\d{1,16})\s*;\s*w=(?P<window>\d{1,9})\s*(?:;\s*u=(?P<unit>[a-z]+)\s*)?")


@dataclass(frozen=True)
class KeyLimit:
    """At most `quota` units within any window."""

    quota: int
    window_seconds: int
    unit: LimitUnit = "request"

    def __str__(self) -> str:
        return f"{self.quota};w={self.window_seconds};u={self.unit}"


def parse_limit(text: str) -> KeyLimit:
    """Reads a limit as people write it. Raises InvalidValue."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or (found["unit"] or "request") not in LIMIT_UNITS:
        raise InvalidValue(f"limit `{text}`: write it as 1000;w=3600;u=request, the unit one of {_units()}")
    return checked_limits(
        [KeyLimit(int(found["quota"]), int(found["window"]), cast(LimitUnit, found["unit"] or "request"))]
    )[0]


def checked_limits(limits: Iterable[KeyLimit]) -> tuple[KeyLimit, ...]:
    """Returns the limits as a key keeps them. Raises InvalidValue."""
    kept = tuple(limits)
    for limit in kept:
        if not 1 <= limit.quota <= _LARGEST_QUOTA:
            raise InvalidValue(f"limit `{limit}`: the quota must be from 1 to {_LARGEST_QUOTA}")
        if not 1 <= limit.window_seconds <= LONGEST_WINDOW_SECONDS:
            raise InvalidValue(f"limit `{limit}`: the window must be from 1 to {LONGEST_WINDOW_SECONDS} seconds")
        if limit.unit not in LIMIT_UNITS:
            raise InvalidValue(f"limit `{limit}`: the unit must be one of {_units()}")
    if len({(limit.unit, limit.window_seconds) for limit in kept}) < len(kept):
        raise InvalidValue("two limits have the same unit and window; keep the lower one")
    if len(kept) > MOST_LIMITS:
        raise InvalidValue(f"a key has at most {MOST_LIMITS} limits")
    return kept


def _units() -> str:
    return ", ".join(LIMIT_UNITS)
