"""Counters in memory and in Redis keep the same promises."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from gateway.limits.counters import Correction, Counters, CountersAway, Verdict, Want
from gateway.limits.memory import MemoryCounters
from gateway.limits.redis import RedisCounters
from tests.gateway.limits.redis_server import RedisServer

SCOPE = "ours"


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.limits.redis.ANSWER_SECONDS", 20.0)


@pytest.fixture(params=["memory", "redis"])
async def counters(request: pytest.FixtureRequest) -> AsyncIterator[Counters]:
    if request.param == "memory":
        made: Counters = MemoryCounters()
    else:
        made = RedisCounters(request.getfixturevalue("redis_server").url)
    yield made
    await made.close()


def want(quota: int, amount: int = 1, *, window_ms: int = 60_000, name: str | None = None, whole: bool = True) -> Want:
    return Want(name or uuid4().hex, quota, window_ms, amount, whole)


async def passed(counters: Counters, wanted: Want, times: int) -> int:
    verdicts = await asyncio.gather(*(counters.reserve(SCOPE, [wanted]) for _ in range(times)))
    return sum(verdict.refused is None for verdict in verdicts)


async def used(counters: Counters, wanted: Want) -> int:
    nothing = Want(wanted.counter, wanted.quota, wanted.window_ms, wanted.quota * 100, True)
    verdict = await counters.reserve(SCOPE, [nothing])
    assert verdict.refused == 0
    return verdict.standings[0].used


async def test_of_many_at_once_exactly_the_quota_passes(counters: Counters):
    assert await passed(counters, want(7), 100) == 7


async def test_a_refusal_says_how_it_stands_and_when_to_come_again(counters: Counters):
    wanted = want(2)
    first = await counters.reserve(SCOPE, [wanted])
    await counters.reserve(SCOPE, [wanted])
    third = await counters.reserve(SCOPE, [wanted])
    assert (first.refused, first.standings[0].used) == (None, 1)
    assert (third.refused, third.standings[0].used) == (0, 2)
    assert 58_000 <= third.retry_ms <= 61_000
    assert third.retry_ms == pytest.approx(third.standings[0].reset_ms, abs=1_000)


async def test_all_limits_are_charged_or_none(counters: Counters):
    loose, tight = want(100), want(1)
    await counters.reserve(SCOPE, [tight])
    verdict = await counters.reserve(SCOPE, [loose, tight])
    assert verdict.refused == 1
    assert [standing.used for standing in verdict.standings] == [0, 1]
    assert await used(counters, loose) == 0


async def test_a_guess_passes_while_anything_is_left_and_an_overshoot_counts(counters: Counters):
    guess = want(100, 60, whole=False)
    assert (await counters.reserve(SCOPE, [guess])).refused is None
    second = await counters.reserve(SCOPE, [guess])
    assert (second.refused, second.standings[0].used) == (None, 120)
    assert (await counters.reserve(SCOPE, [guess])).refused == 0


async def test_settling_corrects_either_way(counters: Counters):
    guess = want(100, 60, whole=False)
    [standing] = (await counters.reserve(SCOPE, [guess])).standings
    await counters.settle(SCOPE, [Correction(guess, standing.slot, -50)])
    assert await used(counters, guess) == 10
    await counters.settle(SCOPE, [Correction(guess, standing.slot, 500)])
    assert await used(counters, guess) == 510, "what was used above the quota is not forgotten"
    await counters.settle(SCOPE, [Correction(guess, standing.slot - 100, 9), Correction(want(5), standing.slot, 9)])
    assert await used(counters, guess) == 510, "a slot that counts no more stays gone"


async def test_a_window_passes(counters: Counters):
    wanted = want(1, window_ms=300)
    assert await passed(counters, wanted, 3) == 1
    verdict: Verdict = await counters.reserve(SCOPE, [wanted])
    while verdict.refused is not None:
        assert 0 < verdict.retry_ms <= 310
        await asyncio.sleep(verdict.retry_ms / 1000)
        verdict = await counters.reserve(SCOPE, [wanted])
    assert verdict.standings[0].used == 1


async def test_what_can_never_fit_is_refused_for_a_window(counters: Counters):
    verdict = await counters.reserve(SCOPE, [want(5, 6)])
    assert (verdict.refused, verdict.retry_ms) == (0, 60_000)


class Clock:
    now = 5_000.0

    def __call__(self) -> float:
        return self.now


async def test_no_window_ever_holds_more_than_the_quota():
    clock = Clock()
    counters = MemoryCounters(clock)
    wanted = want(10, name="n")
    times: list[float] = []
    for step in range(2_000):
        clock.now += (step * 37 % 11) / 4
        if (await counters.reserve(SCOPE, [wanted])).refused is None:
            times.append(clock.now)
    assert len(times) > 300
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[10:], strict=False))


async def test_a_jump_of_the_wall_clock_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    counters, wanted = MemoryCounters(), want(1)
    assert await passed(counters, wanted, 1) == 1
    for jump in (-86_400, 86_400):
        monkeypatch.setattr("time.time", lambda jump=jump, real=time.time: real() + jump)
        assert await passed(counters, wanted, 1) == 0


async def test_names_that_people_choose_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.limits.memory._MOST_COUNTERS", 100)
    counters = MemoryCounters()
    for _ in range(500):
        await counters.reserve(SCOPE, [want(1)])
    assert len(counters) == 100


async def test_two_gateways_share_what_is_in_redis(redis_server: RedisServer):
    one, other = RedisCounters(redis_server.url), RedisCounters(redis_server.url)
    wanted = want(10)
    verdicts = await asyncio.gather(*(each.reserve(SCOPE, [wanted]) for each in (one, other) for _ in range(40)))
    assert sum(verdict.refused is None for verdict in verdicts) == 10
    await one.close()
    await other.close()


async def test_a_redis_that_is_gone_or_hangs_is_away_and_soon_left_alone(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.limits.redis.ANSWER_SECONDS", 0.2)
    server, clock = RedisServer(tmp_path), Clock()
    server.start()
    counters = RedisCounters(server.url, clock)
    wanted = want(10)
    assert (await counters.reserve(SCOPE, [wanted])).refused is None
    server.freeze()
    with pytest.raises(CountersAway):
        await counters.reserve(SCOPE, [wanted])
    server.kill()
    with pytest.raises(CountersAway, match="a moment ago"):
        await counters.reserve(SCOPE, [wanted])
    clock.now += 2
    with pytest.raises(CountersAway, match="onnect"):
        await counters.reserve(SCOPE, [wanted])
    server.start()
    clock.now += 2
    assert (await counters.reserve(SCOPE, [wanted])).refused is None
    server.kill()
    await counters.close()
