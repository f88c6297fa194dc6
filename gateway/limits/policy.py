"""Limits as callers write them: how much may be used in how many seconds, and by whom.

    policies = policy {"," policy}
    policy   = quota ";w=" seconds [";u=" ("request" | "token" | "cents")] [";s=" ("user" | property)]

`Weir-RateLimit-Policy: 100;w=60` is a hundred calls a minute for the organization; `0.5;w=3600;u=cents;s=user` is half
a cent an hour for each end user. All policies of a call hold at once.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Literal, cast, get_args

from gateway.errors import BadRequest

Unit = Literal["request", "token", "cents"]
UNITS: tuple[Unit, ...] = get_args(Unit)

SCALE = 10_000
"""Amounts are whole ten-thousandths of their unit, so that sums are exact."""
MOST_POLICIES = 8

_LONGEST_WINDOW_SECONDS = 366 * 86400
_LARGEST_QUOTA = 10**11
_POLICY = re.compile(
    r"(?P<quota>\d{1,12}(?:\.\d{1,12})?)\s*;\s*w\s*=\s*(?P<window>\d{1,9})"
    r"(?:\s*;\s*u\s*=\s*(?P<unit>request|token|cents))?(?:\s*;\s*s\s*=\s*(?P<segment>[\w-]{1,100}))?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One limit."""

    quota: int
    """In ten-thousandths of the unit."""
    window_seconds: int
    unit: Unit
    segment: str | None
    """`user`, the name of a property, or None for the whole organization."""

    @property
    def text(self) -> str:
        """The policy as its author would write it."""
        return self.echo if self.segment is None else f"{self.echo};s={self.segment}"

    @property
    def echo(self) -> str:
        """The policy without its segment, as Helicone's answers have it."""
        return f"{amount_text(self.quota)};w={self.window_seconds};u={self.unit}"


def amount_text(amount: int) -> str:
    """Writes an amount in its unit."""
    return format((Decimal(amount) / SCALE).normalize(), "f")


@lru_cache(maxsize=1024)
def parse_policies(value: str) -> tuple[Policy, ...]:
    """Reads the header. Raises BadRequest, naming header and grammar."""
    policies = tuple(dict.fromkeys(_parse(part.strip()) for part in value.split(",")))
    if len(policies) > MOST_POLICIES:
        raise BadRequest(f"header `Weir-RateLimit-Policy` has {len(policies)} policies; at most {MOST_POLICIES} hold")
    return policies


def _parse(text: str) -> Policy:
    found = _POLICY.fullmatch(text)
    quota = 0 if found is None else int((Decimal(found["quota"]) * SCALE).to_integral_value(ROUND_FLOOR))
    window = 0 if found is None else int(found["window"])
    if found is None or not 0 < quota <= _LARGEST_QUOTA * SCALE or not 1 <= window <= _LONGEST_WINDOW_SECONDS:
        raise BadRequest(
            f"header `Weir-RateLimit-Policy` (or `Helicone-RateLimit-Policy`) has `{text[:80]}`, but a policy must be "
            "`quota;w=seconds`, then if need be `;u=request`, `;u=token` or `;u=cents` and `;s=user` or "
            f"`;s=<property>`, with a quota above 0 and 1 to {_LONGEST_WINDOW_SECONDS} seconds; several are separated "
            "by commas"
        )
    unit = cast(Unit, (found["unit"] or "request").lower())
    segment = found["segment"]
    return Policy(quota, window, unit, None if segment is None else segment.lower())
