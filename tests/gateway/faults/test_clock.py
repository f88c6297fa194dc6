"""The wall clock jumps, back and forth: no duration is negative, limits and the cache stay sane, no id comes twice."""

import asyncio
import datetime as datetimes
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

import gateway.call
import gateway.caller.keys
import gateway.logged.manual.outcome
import gateway.logged.moments
import gateway.routing.retries
from control import api_keys
from control.database import open_database
from control.key_limits import KeyLimit
from gateway.cache.response_cache import ResponseCache
from gateway.limits.budgets import Budgets
from tests.gateway.faults.callers import MESSAGES
from tests.gateway.faults.every_door import CHAT, DOORS, every_door, question
from tests.gateway.faults.waiting import until
from tests.gateway.running import Accounts, RunningGateway, running_gateway, spooled_lines
from tests.gateway.vendor import chunk, stream_head, vendor

DAY = 86_400.0
WHERE_IT_IS_READ = (
    gateway.call,
    gateway.caller.keys,
    gateway.logged.manual.outcome,
    gateway.logged.moments,
    gateway.routing.retries,
)


class WallClock:
    """The machine's clock, so many seconds off, wherever the gateway reads it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.off_seconds = 0.0
        self._time, self._time_ns = time.time, time.time_ns
        patch.setattr(time, "time", self.time)
        patch.setattr(time, "time_ns", lambda: self._time_ns() + int(self.off_seconds * 1e9))
        # What is handed a clock got the real one when it was defined.
        patch.setitem(ResponseCache.__init__.__kwdefaults__, "clock", self.time)
        patch.setattr(Budgets.__init__, "__defaults__", (self.time,))
        for module in WHERE_IT_IS_READ:
            patch.setattr(module, "datetime", self)

    def time(self) -> float:
        return self._time() + self.off_seconds

    def now(self, zone: datetimes.tzinfo | None = None) -> datetimes.datetime:
        return datetimes.datetime.now(zone) + datetimes.timedelta(seconds=self.off_seconds)

    def __getattr__(self, name: str) -> object:
        """Stands for `datetime` otherwise."""
        return getattr(datetimes.datetime, name)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    return WallClock(monkeypatch)


@pytest.fixture
def clocked(tmp_path: Path, accounts: Accounts, everybody: dict[str, str], operator: dict[str, str], wall: WallClock):
    # The cache's clock is taken when the gateway is made, so `wall` comes first.
    with running_gateway(tmp_path, accounts, upstreams=everybody, allowed_targets="127.0.0.1", **operator) as started:
        yield started


async def test_rows_have_sane_times_and_ids_of_their_own_whatever_the_clock_does(
    clocked: RunningGateway, wall: WallClock
):
    jumps = (0.0, 2 * DAY, -3 * DAY, 3600.0, 0.0, -1.0)
    async with httpx.AsyncClient(base_url=clocked.url, headers=clocked.auth, timeout=20) as client:
        for wall.off_seconds in jumps:
            assert await every_door(client) == {200: DOORS}
    await until(lambda: not spooled_lines(clocked.settings))
    rows = clocked.records()
    assert len({row.request_id for row in rows}) == len(rows) == len(jumps) * DOORS
    for row in rows:
        assert row.completed_at >= row.created_at
        durations = (row.latency_ms, row.time_to_first_byte_ms, row.time_to_first_token_ms, row.gateway_ms)
        assert all(duration >= 0 for duration in durations if duration is not None)
        assert all(attempt.duration_ms >= 0 for attempt in row.attempts)
    assert len({row.created_at.date() for row in rows}) >= 3, "each is filed under the day the clock said"


async def test_a_jump_during_a_stream_is_in_none_of_its_durations(clocked: RunningGateway, wall: WallClock):
    events = [b'data: {"choices":[{"index":0,"delta":{"content":"%d"}}]}\n\n' % each for each in range(3)]

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(stream_head())
        for event, wall.off_seconds in zip(events, (DAY, -DAY, 0.0), strict=True):
            writer.write(chunk(event))
            await writer.drain()
        writer.write(chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")

    request = {"model": "m", "messages": MESSAGES, "stream": True}
    async with vendor(answer) as provider, httpx.AsyncClient(headers=clocked.auth, timeout=20) as client:
        headers = {"weir-target-url": provider.url}
        got = await client.post(f"{clocked.url}/v1/chat/completions", json=request, headers=headers)
    row = clocked.record(got.headers["weir-request-id"])
    assert row.latency_ms is not None
    assert row.time_to_first_token_ms is not None
    assert 0 <= row.time_to_first_token_ms <= row.latency_ms < 20_000
    assert (row.completed_at - row.created_at).total_seconds() == pytest.approx(row.latency_ms / 1000, abs=0.001)


async def test_limits_neither_open_nor_lock_when_the_clock_jumps(clocked: RunningGateway, wall: WallClock):
    engine = open_database(clocked.settings.database_url)
    _, secret = api_keys.create(engine, clocked.accounts.organization_id, "limited", limits=[KeyLimit(3, 7 * 86_400)])
    engine.dispose()
    policy = {"weir-ratelimit-policy": "2;w=600;s=user", "weir-user-id": uuid4().hex}

    async def statuses(jumps: tuple[float, ...], headers: dict[str, str]) -> list[int]:
        found = []
        for wall.off_seconds in jumps:
            answer = await client.post(CHAT, json=question(), headers=headers)
            assert int(answer.headers["ratelimit-reset"]) >= 0
            found.append(answer.status_code)
        return found

    async with httpx.AsyncClient(base_url=clocked.url, headers=clocked.auth, timeout=20) as client:
        windows = await statuses((0.0, -DAY, DAY, 0.0), policy)
        budget = await statuses((0.0, 3600.0, -3600.0, DAY, 0.0), {"weir-auth": secret})
    assert windows == [200, 200, 429, 429], "a window of minutes goes by a clock that never jumps"
    assert budget == [200, 200, 200, 429, 429], "one of days counts what lies ahead of the clock as well"


async def test_kept_answers_expire_by_the_clock_and_are_no_older_for_one_that_goes_back(
    clocked: RunningGateway, wall: WallClock
):
    headers = {"weir-cache-enabled": "true", "weir-cache-seed": uuid4().hex, "cache-control": "max-age=3600"}
    marks = []
    async with httpx.AsyncClient(base_url=clocked.url, headers=clocked.auth, timeout=20) as client:
        for wall.off_seconds in (0.0, -DAY, 1800.0, 7200.0, 7200.0, 0.0):
            marks.append((await client.post(CHAT, json=question(), headers=headers)).headers["weir-cache"])
    assert marks == ["MISS", "HIT", "HIT", "MISS", "HIT", "HIT"]
