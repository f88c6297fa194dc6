"""Budgets over more than an hour: settled by the pipelines, and what a gateway knows beyond that."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine

from control import api_keys, key_spend, organizations
from control.database import open_database
from control.key_spend import Spend
from control.migrate import migrate
from gateway.limits.budgets import Budgets
from gateway.limits.counters import Verdict, Want
from gateway.limits.policy import SCALE

DAY = 86_400
HOUR = 3_600
TEN = datetime(2026, 11, 21, 10, tzinfo=UTC)


class Clock:
    now = TEN.timestamp() + 60

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(f"sqlite:///{tmp_path / 'weir.db'}")
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def key(engine: Engine) -> UUID:
    return api_keys.create(engine, organizations.create(engine, "Ours").id, "k")[0].id


def call(budgets: Budgets, key: UUID, quota: int, *, cents: int = 0, window: int = DAY) -> Verdict:
    """A call of one request and so many cents against a quota of requests, or of cents if it has any."""
    unit = "cents" if cents else "request"
    want = Want("k", quota * SCALE, window * 1000, cents * SCALE or SCALE, not cents)
    return budgets.reserve(key, [(unit, want)], [SCALE, 0, cents * SCALE])


def settle(engine: Engine, key: UUID, at: float, writer: str, requests: int, cents: int = 0) -> None:
    hour = datetime.fromtimestamp(at // HOUR * HOUR, UTC)
    spend = Spend(key, hour, writer, requests, 0, cents * SCALE)
    key_spend.settle(engine, [spend], now=datetime.fromtimestamp(at, UTC))


async def test_what_was_settled_before_the_start_counts(engine: Engine, key: UUID):
    clock = Clock()
    settle(engine, key, clock.now, "earlier", 2)
    settle(engine, key, clock.now - 20 * HOUR, "earlier", 1)
    settle(engine, key, clock.now - 30 * HOUR, "earlier", 50)
    budgets = Budgets(engine, "mine", clock)
    await budgets.refresh()
    verdict = call(budgets, key, 4)
    assert (verdict.refused, verdict.standings[0].used) == (None, 4 * SCALE)
    verdict = call(budgets, key, 4)
    assert verdict.refused == 0
    # The hour of twenty hours ago is the first to leave the window.
    assert verdict.retry_ms == (5 * HOUR - 60) * 1000


async def test_own_calls_are_not_counted_twice_when_they_are_settled(engine: Engine, key: UUID):
    clock = Clock()
    budgets = Budgets(engine, "mine", clock)
    for _ in range(3):
        assert call(budgets, key, 10).refused is None
    settle(engine, key, clock.now, "mine", 2)
    settle(engine, key, clock.now, "another", 4)
    await budgets.refresh()
    assert call(budgets, key, 10).standings[0].used == 8 * SCALE, "3 of its own, 4 of the other's, and this one"


async def test_an_hour_that_is_settled_whole_is_taken_as_settled(engine: Engine, key: UUID):
    clock = Clock()
    budgets = Budgets(engine, "mine", clock)
    call(budgets, key, 100, cents=10)
    call(budgets, key, 100, cents=10)
    began = clock.now
    settle(engine, key, began, "mine", 1, 3)
    clock.now += HOUR
    await budgets.refresh()
    assert call(budgets, key, 100, cents=1).standings[0].used == 21 * SCALE, "one call of that hour is not settled yet"
    settle(engine, key, began, "mine", 2, 7)
    await budgets.refresh()
    assert call(budgets, key, 100, cents=1).standings[0].used == 9 * SCALE


async def test_reservations_are_corrected(engine: Engine, key: UUID):
    clock = Clock()
    budgets = Budgets(engine, "mine", clock)
    hour = call(budgets, key, 100, cents=90).standings[0].slot
    assert call(budgets, key, 100, cents=90).refused is None
    assert call(budgets, key, 100, cents=90).refused == 0
    budgets.correct(key, hour, [0, 0, -89 * SCALE])
    assert call(budgets, key, 100, cents=1).standings[0].used == 92 * SCALE


async def test_a_budget_is_free_again_when_its_window_has_passed(engine: Engine, key: UUID):
    clock = Clock()
    budgets = Budgets(engine, "mine", clock)
    assert [call(budgets, key, 2, window=2 * HOUR).refused for _ in range(3)] == [None, None, 0]
    clock.now += call(budgets, key, 2, window=2 * HOUR).retry_ms / 1000 - 1
    assert call(budgets, key, 2, window=2 * HOUR).refused == 0
    clock.now += 1
    assert call(budgets, key, 2, window=2 * HOUR).refused is None


async def test_a_database_that_is_away_leaves_what_is_known(key: UUID, tmp_path: Path):
    elsewhere = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    budgets = Budgets(elsewhere, "mine", Clock())
    assert call(budgets, key, 2).refused is None
    await budgets.refresh()
    assert call(budgets, key, 2).standings[0].used == 2 * SCALE
    elsewhere.dispose()
