"""The limits one call is under, and what was reserved of them for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.limits.counters import Want
from gateway.limits.policy import UNITS, Unit

Amounts = Sequence[int]
"""Requests, tokens and cents, in ten-thousandths of each."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit, and whose usage counts against it."""

    quota: int
    """In ten-thousandths of the unit."""
    window_seconds: int
    unit: Unit
    counter: str
    """Names the usage; no two limits share it."""
    text: str
    """As its author wrote it."""
    echo: str
    """As Helicone's answers name it."""

    def want(self, amounts: Amounts) -> Want:
        """Returns what a call that uses so much wants of it."""
        amount = amounts[UNITS.index(self.unit)]
        return Want(self.counter, self.quota, self.window_seconds * 1000, amount, self.unit == "request")


@dataclass(frozen=True, slots=True)
class Counted:
    """One limit's share of a reservation."""

    unit: Unit
    want: Want
    slot: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was reserved for one call."""

    amounts: Amounts
    counted: Sequence[Counted]
    """In the counters."""
    budget_hour: int | None
    """The hour in which the key's budgets were charged; None if it has none."""

    @property
    def is_of_usage(self) -> bool:
        """Whether tokens or cents are counted, which only the provider can tell."""
        return any(self.amounts[1:])
