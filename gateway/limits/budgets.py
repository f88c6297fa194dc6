"""Limits on keys over more than an hour: what the pipelines have settled, and what this gateway knows beyond it.

    used = the hours that other writers recorded, as settled
         + the hours this gateway recorded: as settled once all of an hour is, as counted here until then

So a budget survives restarts, and holds across gateways to within the seconds that a row takes to be settled. An hour
counts as long as any moment of it is in the window.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from control import key_spend
from control.key_limits import LONGEST_WINDOW_SECONDS
from control.key_spend import Spend
from gateway.limits.counters import Standing, Verdict, Want, is_enough
from gateway.limits.policy import SCALE, UNITS, Unit

_HOUR = 3600

Amounts = Sequence[int]
"""Requests, tokens and cents in ten-thousandths; a ten-thousandth of a cent is a millionth of a dollar."""

Asked = Sequence[tuple[Unit, Want]]

_logger = logging.getLogger(__name__)


class Budgets:
    """What keys have used, in memory. Used inside one event loop."""

    def __init__(self, engine: Engine, writer: str, clock: Callable[[], float] = time.time) -> None:
        """`writer` is the id under which this gateway's own records are kept; `clock` tells Unix time."""
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._version = 0
        self._settled: dict[UUID, dict[int, dict[str, Spend]]] = {}
        self._own: dict[UUID, dict[int, list[int]]] = defaultdict(dict)
        self._sums: dict[tuple[UUID, int], tuple[int, Amounts]] = {}
        """Sums of what is settled, by key and window, with the hour they are for; dropped when they may change."""

    def reserve(self, key_id: UUID, asked: Asked, amounts: Amounts) -> Verdict:
        """Reserves the amounts if every limit has enough left; not a word is awaited in between."""
        now = self._clock()
        used = [self._used(key_id, want, now)[UNITS.index(unit)] for unit, want in asked]
        for place, (unit, want) in enumerate(asked):
            if not is_enough(want, used[place]):
                standings = [self._standing(key_id, each, now, of) for (_, each), of in zip(asked, used, strict=True)]
                return Verdict(standings, place, self._retry_ms(key_id, unit, want, now))
        self._count(key_id, int(now) // _HOUR, amounts)
        used = [amount + amounts[UNITS.index(unit)] for amount, (unit, _) in zip(used, asked, strict=True)]
        return Verdict([self._standing(key_id, each, now, of) for (_, each), of in zip(asked, used, strict=True)])

    def correct(self, key_id: UUID, hour: int, amounts: Amounts) -> None:
        """Adds what a reservation of that hour was too little, or takes off what it was too much."""
        own = self._own[key_id].get(hour)
        if own is not None:
            own[:] = [present + amount for present, amount in zip(own, amounts, strict=True)]

    async def refresh(self) -> None:
        """Reads what was settled since; keeps what is known if that fails."""
        try:
            version, changes = await asyncio.to_thread(key_spend.changes_since, self._engine, self._version)
        except SQLAlchemyError as error:
            _logger.warning("what keys have used cannot be read: %s", type(error).__name__)
            return
        if version < self._version:
            self._settled.clear()
        self._version = version
        for spend in changes:
            hours = self._settled.setdefault(spend.api_key_id, {})
            hours.setdefault(_hour_of(spend.hour), {})[spend.writer] = spend
        self._let_go()
        self._sums.clear()

    def _let_go(self) -> None:
        """Forgets own hours that are over and settled whole, and those that no window reaches."""
        present = int(self._clock()) // _HOUR
        for key_id, hours in self._own.items():
            for hour in [hour for hour in hours if hour < present]:
                settled = self._settled.get(key_id, {}).get(hour, {}).get(self._writer)
                is_whole = settled is not None and settled.request_count * SCALE >= hours[hour][0]
                if is_whole or (present - hour) * _HOUR > LONGEST_WINDOW_SECONDS:
                    del hours[hour]

    def _count(self, key_id: UUID, hour: int, amounts: Amounts) -> None:
        own = self._own[key_id].get(hour)
        if own is None:
            own = self._own[key_id][hour] = [0] * len(UNITS)
            # From now on this hour is not taken from what is settled.
            self._sums.clear()
        self.correct(key_id, hour, amounts)

    def _used(self, key_id: UUID, want: Want, now: float) -> Amounts:
        present, first = int(now) // _HOUR, _first_hour(want, now)
        kept = self._sums.get((key_id, want.window_ms))
        if kept is None or kept[0] != present:
            hours = [hour for hour in self._settled.get(key_id, {}) if first <= hour]
            kept = self._sums[key_id, want.window_ms] = present, _sum(self._settled_in(key_id, hour) for hour in hours)
        own = self._own.get(key_id, {})
        return _sum([kept[1], *(amounts for hour, amounts in own.items() if first <= hour)])

    def _settled_in(self, key_id: UUID, hour: int) -> Amounts:
        is_own = hour in self._own.get(key_id, {})
        return _sum(
            (spend.request_count * SCALE, spend.token_count * SCALE, spend.cost_microusd)
            for writer, spend in self._settled.get(key_id, {}).get(hour, {}).items()
            if not (is_own and writer == self._writer)
        )

    def _by_hour(self, key_id: UUID, want: Want, now: float) -> list[tuple[int, Amounts]]:
        """Returns the hours of the window in which something was used, the oldest first."""
        own, first = self._own.get(key_id, {}), _first_hour(want, now)
        hours = sorted(hour for hour in {*self._settled.get(key_id, {}), *own} if hour >= first)
        return [(hour, _sum([self._settled_in(key_id, hour), own.get(hour, (0, 0, 0))])) for hour in hours]

    def _standing(self, key_id: UUID, want: Want, now: float, used: int) -> Standing:
        hours = [*self._settled.get(key_id, {}), *self._own.get(key_id, {})]
        oldest = min((hour for hour in hours if hour >= _first_hour(want, now)), default=None)
        return Standing(used, 0 if oldest is None else _until_passed(want, oldest, now), int(now) // _HOUR)

    def _retry_ms(self, key_id: UUID, unit: Unit, want: Want, now: float) -> int:
        place = UNITS.index(unit)
        hours = self._by_hour(key_id, want, now)
        used = sum(amounts[place] for _, amounts in hours)
        for hour, amounts in hours:
            used -= amounts[place]
            if is_enough(want, used):
                return _until_passed(want, hour, now)
        return want.window_ms


def _hour_of(moment: datetime) -> int:
    return int(moment.timestamp()) // _HOUR


def _first_hour(want: Want, now: float) -> int:
    return int(now * 1000 - want.window_ms) // (_HOUR * 1000)


def _until_passed(want: Want, hour: int, now: float) -> int:
    return (hour + 1) * _HOUR * 1000 + want.window_ms - int(now * 1000)


def _sum(every: Iterable[Amounts]) -> Amounts:
    total = [0] * len(UNITS)
    for amounts in every:
        for place, amount in enumerate(amounts):
            total[place] += amount
    return total
