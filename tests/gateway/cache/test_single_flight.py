"""Equal calls at the same time: one asks the provider, whatever becomes of its client."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from control import epochs
from control.database import open_database
from gateway.cache import flights
from gateway.cache.flights import Flights
from tests.gateway.running import RunningGateway
from tests.gateway.vendor import Vendor, response, vendor

ANSWER = (
    b'{"id":"x","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant",'
    b'"content":"deep"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}'
)
BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
Seed = Callable[[], dict[str, str]]


@asynccontextmanager
async def gated(answer: bytes = response(ANSWER, "content-type: application/json")):
    """A vendor that answers when it is let."""
    gate = asyncio.Event()

    async def reply(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.write(answer)
        await writer.drain()

    async with vendor(reply) as made:
        yield made, gate


@asynccontextmanager
async def callers(gateway: RunningGateway, seed: Seed, vendor: Vendor):
    limits = httpx.Limits(max_connections=100)
    headers = gateway.auth | seed() | {"Weir-Target-URL": vendor.url}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, limits=limits, timeout=30) as client:
        yield lambda: asyncio.create_task(client.post("/v1/chat/completions", json=BODY))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


def in_flight(gateway: RunningGateway) -> int:
    text = httpx.get(f"{gateway.url}/metrics").text
    [line] = [line for line in text.splitlines() if line.startswith("weir_gateway_in_flight ")]
    return round(float(line.split()[1]))


async def all_waiting(gateway: RunningGateway, count: int) -> None:
    async with asyncio.timeout(20):
        while True:
            if await asyncio.to_thread(in_flight, gateway) == count:
                return
            await asyncio.sleep(0.02)


async def heard(gateway: RunningGateway) -> None:
    """Returns when the gateway has noticed whatever connections were closed before: it answers on others since."""
    for _ in range(5):
        await asyncio.to_thread(in_flight, gateway)


async def test_fifty_equal_calls_are_one_call_to_the_provider(caching_gateway: RunningGateway, seed: Seed):
    async with gated() as (upstream, gate), callers(caching_gateway, seed, upstream) as call:
        calls = [call() for _ in range(50)]
        await all_waiting(caching_gateway, 50)
        gate.set()
        answers = await asyncio.gather(*calls)
    assert len(upstream.bodies) == 1
    assert {answer.content for answer in answers} == {ANSWER}
    marks = [answer.headers["weir-cache"] for answer in answers]
    assert (marks.count("MISS"), marks.count("HIT")) == (1, 49)


async def test_a_leader_whose_client_leaves_goes_on_for_the_others(caching_gateway: RunningGateway, seed: Seed):
    async with gated() as (upstream, gate), callers(caching_gateway, seed, upstream) as call:
        leader = call()
        await until(lambda: len(upstream.bodies) == 1)
        others = [call() for _ in range(3)]
        await all_waiting(caching_gateway, 4)
        leader.cancel()
        await asyncio.gather(leader, return_exceptions=True)
        await heard(caching_gateway)
        gate.set()
        answers = await asyncio.gather(*others)
        assert len(upstream.bodies) == 1
        assert {(answer.status_code, answer.headers["weir-cache"]) for answer in answers} == {(200, "HIT")}
    hit = caching_gateway.record(answers[0].headers["weir-request-id"])
    left = caching_gateway.record(str(hit.cache_reference_id))
    assert (left.status_code, left.error_type, left.input_tokens) == (200, "client_disconnected", 3)


async def test_when_nobody_waits_any_more_the_provider_is_stopped(caching_gateway: RunningGateway, seed: Seed):
    async with gated() as (upstream, _), callers(caching_gateway, seed, upstream) as call:
        leader = call()
        await until(lambda: len(upstream.bodies) == 1)
        follower = call()
        await all_waiting(caching_gateway, 2)
        leader.cancel()
        await asyncio.gather(leader, return_exceptions=True)
        await heard(caching_gateway)
        assert await asyncio.to_thread(in_flight, caching_gateway) == 2
        follower.cancel()
        await asyncio.gather(follower, return_exceptions=True)
        await all_waiting(caching_gateway, 0)


async def test_when_the_leader_gets_an_error_the_others_ask_for_themselves(caching_gateway: RunningGateway, seed: Seed):
    failure = response(b'{"error":{"message":"overloaded"}}', "content-type: application/json", status="503 No")
    async with gated(failure) as (upstream, gate), callers(caching_gateway, seed, upstream) as call:
        calls = [call() for _ in range(4)]
        await all_waiting(caching_gateway, 4)
        gate.set()
        answers = await asyncio.gather(*calls)
    assert len(upstream.bodies) == 4
    assert {answer.status_code for answer in answers} == {503}


async def test_a_broken_answer_is_not_kept(caching_gateway: RunningGateway, seed: Seed):
    short = response(ANSWER, "content-type: application/json")[:-20]
    async with gated(short) as (upstream, gate), callers(caching_gateway, seed, upstream) as call:
        gate.set()
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                await call()
        assert len(upstream.bodies) == 2


async def test_who_waits_goes_its_own_way_when_the_leaders_client_does_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flights, "STALL_SECONDS", 0.01)
    flying = Flights()
    flight = flying.begin("q")
    waiting = asyncio.create_task(flight.follow())
    await asyncio.sleep(0.05)
    assert not waiting.done(), "a provider may take its time"
    flight.sending_since = 0.0
    assert await waiting is None
    flying.end("q", flight, None)
    assert len(flying) == 0


async def test_a_purge_is_seen_within_seconds(caching_gateway: RunningGateway, seed: Seed):
    async with gated() as (upstream, gate), callers(caching_gateway, seed, upstream) as call:
        gate.set()
        assert [(await call()).headers["weir-cache"] for _ in range(2)] == ["MISS", "HIT"]
        engine = open_database(caching_gateway.settings.database_url)
        await asyncio.to_thread(epochs.bump, engine, epochs.cache_of(caching_gateway.accounts.organization_id))
        engine.dispose()
        async with asyncio.timeout(10):
            while True:
                answer = await call()
                if answer.headers["weir-cache"] != "HIT":
                    break
                await asyncio.sleep(0.1)
        assert answer.headers["weir-cache"] == "MISS"
        assert (await call()).headers["weir-cache"] == "HIT"
        assert len(upstream.bodies) == 2
