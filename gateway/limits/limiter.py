"""Lets calls go on as far as their limits let them.

await limiter.admit(call, body)     reserves what the call may use up, or raises RateLimited
limiter.settle(call)                when it is over: corrects that to what it did use up
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Literal

from prometheus_client.core import Metric

from gateway.call import Call
from gateway.errors import RateLimited, Unavailable
from gateway.limits.actual import actual_amounts
from gateway.limits.budgets import Budgets
from gateway.limits.counters import Correction, Counters, CountersAway, Standing, Verdict, Want
from gateway.limits.estimate import input_tokens, output_tokens
from gateway.limits.headers import limit_headers
from gateway.limits.named import is_limited, limits_of
from gateway.limits.policy import SCALE, UNITS
from gateway.limits.prices import Prices
from gateway.limits.reservation import Amounts, Counted, Limit, Reservation
from gateway.metrics import counter

WhenAway = Literal["open", "closed"]
"""What happens to calls with limits while their counters cannot be asked: they go, or they are refused."""

_CLOSING_SECONDS = 2.0

_logger = logging.getLogger(__name__)


class Limiter:
    """The limits of one process, by counters that it may share with others."""

    def __init__(self, counters: Counters, budgets: Budgets, prices: Prices, when_away: WhenAway) -> None:
        self._counters = counters
        self._budgets = budgets
        self._prices = prices
        self._when_away = when_away
        self._settling: set[asyncio.Task[None]] = set()
        self._is_away = False
        self._admitted = self._refused = self._away = 0

    async def admit(self, call: Call, body: bytes) -> None:
        """Reserves what the call may use up.

        Raises RateLimited; BadRequest for a policy that makes no sense; Unavailable where the counters cannot be asked
        and the operator wants such calls refused.
        """
        if not is_limited(call):
            return
        counted, budgeted = limits_of(call)
        amounts = self._guess(call, body, {limit.unit for limit in (*counted, *budgeted)})
        charged = self._charge(call, budgeted, amounts)
        hour = charged[0].slot if charged else None
        try:
            standings = await self._count(call, counted, [limit.want(amounts) for limit in counted])
        except BaseException:
            if hour is not None:
                self._budgets.correct(call.key.id, hour, [-amount for amount in amounts])
            raise
        self._admitted += 1
        asked = counted[: len(standings)]
        if asked or budgeted:
            call.answer_headers += limit_headers([*asked, *budgeted], [*standings, *charged])
        shares = [Counted(limit.unit, limit.want(amounts), at.slot) for limit, at in zip(asked, standings, strict=True)]
        call.reservation = Reservation(amounts, shares, hour)

    def settle(self, call: Call) -> None:
        """Corrects what was reserved to what the call's record says; nobody waits for it."""
        reserved, call.reservation = call.reservation, None
        if reserved is None:
            return
        actual = actual_amounts(call.exchange, self._prices)
        by_unit = [
            0 if amount is None else amount - guess for amount, guess in zip(actual, reserved.amounts, strict=True)
        ]
        if reserved.budget_hour is not None:
            self._budgets.correct(call.key.id, reserved.budget_hour, by_unit)
        corrections = [
            Correction(each.want, each.slot, amount)
            for each in reserved.counted
            if (amount := by_unit[UNITS.index(each.unit)])
        ]
        if corrections:
            settling = asyncio.create_task(self._correct(str(call.key.organization_id), corrections))
            self._settling.add(settling)
            settling.add_done_callback(self._settling.discard)

    def figures(self) -> list[Metric]:
        """Returns its counters."""
        return [
            counter("weir_limits_admitted", "Calls with limits that were let go.", self._admitted),
            counter("weir_limits_refused", "Calls that a limit refused.", self._refused),
            counter("weir_limits_away", "Times that the shared counters could not be asked.", self._away),
        ]

    async def close(self) -> None:
        """Waits a little for corrections on their way."""
        if self._settling:
            await asyncio.wait(self._settling, timeout=_CLOSING_SECONDS)
        await self._counters.close()

    def _guess(self, call: Call, body: bytes, units: set[str]) -> list[int]:
        if units == {"request"}:
            return [SCALE, 0, 0]
        asked, answered = input_tokens(body), output_tokens(body)
        cents = 0
        if "cents" in units:
            model = call.model_override or call.facts.model
            cents = self._prices.cents(call.target.provider, model, asked, answered) or 0
        return [SCALE, (asked + answered) * SCALE, cents]

    def _charge(self, call: Call, limits: Sequence[Limit], amounts: Amounts) -> Sequence[Standing]:
        """Charges the key's budgets; returns how they stand."""
        if not limits:
            return []
        verdict = self._budgets.reserve(call.key.id, [(limit.unit, limit.want(amounts)) for limit in limits], amounts)
        self._heed(call, limits, verdict)
        return verdict.standings

    async def _count(self, call: Call, limits: Sequence[Limit], wants: Sequence[Want]) -> Sequence[Standing]:
        """Counts against all limits; returns how they stand, or nothing where the counters are away and calls go."""
        if not limits:
            return []
        try:
            verdict = await self._counters.reserve(str(call.key.organization_id), wants)
        except CountersAway as error:
            self._note_away(error)
            if self._when_away == "closed":
                raise Unavailable("the limits of this call cannot be checked right now; try again soon") from error
            return []
        self._note_back()
        self._heed(call, limits, verdict)
        return verdict.standings

    def _heed(self, call: Call, limits: Sequence[Limit], verdict: Verdict) -> None:
        """Raises RateLimited if one of the limits refused the call."""
        if verdict.refused is None:
            return
        limit, standing = limits[verdict.refused], verdict.standings[verdict.refused]
        call.answer_headers += limit_headers([limit], [standing])
        call.rate_limit_policy = limit.text
        self._refused += 1
        seconds = max(1, -(-verdict.retry_ms // 1000))
        raise RateLimited(f"the rate limit `{limit.text}` is used up; try again in {seconds} s", seconds)

    async def _correct(self, scope: str, corrections: Sequence[Correction]) -> None:
        try:
            await self._counters.settle(scope, corrections)
        except CountersAway as error:
            self._note_away(error)

    def _note_away(self, error: CountersAway) -> None:
        self._away += 1
        if not self._is_away:
            _logger.warning("limits cannot be counted, calls %s: %s", _FATE[self._when_away], error)
        self._is_away = True

    def _note_back(self) -> None:
        if self._is_away:
            _logger.warning("limits are counted again")
        self._is_away = False


_FATE: dict[WhenAway, str] = {"open": "go uncounted", "closed": "with limits are refused"}
