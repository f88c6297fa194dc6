"""Hanging providers, and clients that leave while something is waited for: nobody else notices, nothing is left."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.gateway.faults.callers import CALLERS, MESSAGES, all_that_came
from tests.gateway.faults.waiting import until
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from tests.gateway.vendor import response, vendor
from warehouse.record import Exchange

Row = Callable[[str], Exchange]


async def leave(task: "asyncio.Task[object]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("words", ["hang", "hang-after=0", "die", "status=503"])
@pytest.mark.parametrize("caller", CALLERS)
async def test_the_next_provider_answers_for_one_that_hangs_or_dies(
    client: httpx.AsyncClient, unified: RunningGateway, caller: str, words: str
):
    """The second one speaks another dialect, and streams are judged by their first content."""
    patience = {"weir-attempt-seconds": "0.2", "weir-first-token-seconds": "0.2", "weir-user-id": uuid4().hex}
    request = CALLERS[caller].asks(f"openai/gpt-4o+{words}, anthropic/claude-x", stream=True)
    came, is_whole = await all_that_came(client, **request, headers=patience)
    row = await asyncio.to_thread(unified.record_where, lambda each: each.user_id == patience["weir-user-id"])
    assert is_whole
    assert CALLERS[caller].over in came
    assert [attempt.provider for attempt in row.attempts] == ["openai", "anthropic"]
    assert row.attempts[0].error_type is not None
    assert (row.status_code, row.error_type, row.provider) == (200, None, "anthropic")


async def test_when_everybody_hangs_the_client_is_told_in_time_in_its_dialect(
    client: httpx.AsyncClient, unified: RunningGateway
):
    request = CALLERS["messages"].asks("openai/gpt-4o+hang, google/gemini-2.5-flash+hang", stream=False)
    answer = await client.post(**request, headers={"weir-attempt-seconds": "0.1", "weir-total-seconds": "0.3"})
    row = unified.record(answer.headers["weir-request-id"])
    assert (answer.status_code, answer.json()["type"]) == (504, "error")
    assert (row.status_code, row.error_type) == (504, "timeout")
    assert [attempt.error_type for attempt in row.attempts] == ["timeout", "timeout"]


async def test_a_provider_that_asks_for_a_pause_is_passed_over_until_then(
    client: httpx.AsyncClient, unified: RunningGateway
):
    model = f"openai/gpt-{uuid4().hex}+status=429+retry-after=60"
    request = CALLERS["messages"].asks(f"{model}, anthropic/claude-x", stream=False)
    first, second = [await client.post(**request) for _ in range(2)]
    alone = await client.post(**CALLERS["messages"].asks(model, stream=False))
    assert first.headers["weir-attempts"] == "openai 429, anthropic 200"
    assert second.headers["weir-attempts"] == "anthropic 200", "it was asked to wait a minute"
    assert (alone.status_code, alone.headers["retry-after"], alone.json()["type"]) == (429, "60", "error")
    row = unified.record(alone.headers["weir-request-id"])
    assert (row.status_code, row.error_type) == (429, "rate_limited")


async def test_a_client_that_leaves_between_two_providers_stops_the_second(
    tmp_path: Path, accounts: Accounts, operator: dict[str, str]
):
    asked = asyncio.Event()

    async def refuse(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(b"{}", status="503 Unavailable"))

    async def hang(reader: StreamReader, _: StreamWriter) -> None:
        asked.set()
        await reader.read()  # Returns when the gateway closes the connection.
        raise ConnectionError

    async with vendor(refuse) as first, vendor(hang) as second:
        upstreams = {"openai": f"{first.url}/v1", "anthropic": f"{second.url}/v1"}
        with running_gateway(tmp_path, accounts, upstreams=upstreams, **operator) as gateway:
            async with httpx.AsyncClient(base_url=gateway.url, headers=gateway.auth, timeout=20) as client:
                request = CALLERS["chat_completions"].asks("openai/gpt-4o, anthropic/claude-x", stream=True)
                calling = asyncio.create_task(client.post(**request))
                await asked.wait()
                await leave(calling)
            await asyncio.wait_for(second.left.wait(), 10)
            row = await asyncio.to_thread(gateway.record_where, lambda _: True)
    assert (row.status_code, row.error_type) == (None, "client_disconnected")
    assert [attempt.status_code for attempt in row.attempts] == [503, None]
    assert row.usage_source == "estimated"


async def test_a_follower_that_leaves_harms_neither_the_leader_nor_the_others(unified: RunningGateway, row_of: Row):
    gate, left = asyncio.Event(), f"follower-{uuid4().hex}"

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        await gate.wait()
        writer.write(response(b'{"choices":[]}', "content-type: application/json"))

    async with vendor(answer) as provider:
        headers = unified.auth | {"weir-target-url": provider.url, "weir-cache-enabled": "true"}
        async with httpx.AsyncClient(base_url=unified.url, headers=headers, timeout=20) as client:

            def call(user: str) -> "asyncio.Task[httpx.Response]":
                request = {"model": "m", "messages": MESSAGES}
                return asyncio.create_task(
                    client.post("/v1/chat/completions", json=request, headers={"weir-user-id": user})
                )

            leader = call("leader")
            await until(lambda: len(provider.bodies) == 1)
            leaving, staying = call(left), call("staying")
            await until(lambda: unified.metric("weir_gateway_in_flight") == 3)
            await leave(leaving)
            await until(lambda: unified.metric("weir_gateway_in_flight") == 2)
            gate.set()
            answers = await asyncio.gather(leader, staying)
    row = await asyncio.to_thread(row_of, left)
    assert [each.headers["weir-cache"] for each in answers] == ["MISS", "HIT"]
    assert len(provider.bodies) == 1
    assert (row.status_code, row.error_type, row.attempts) == (None, "client_disconnected", [])


async def test_followers_of_a_leader_whose_provider_resets_ask_for_themselves(unified: RunningGateway):
    gate = asyncio.Event()
    replies = [b"", response(b'{"choices":[]}', "content-type: application/json")]

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        await gate.wait()
        writer.write(reply)

    async with vendor(answer) as provider:
        headers = unified.auth | {"weir-target-url": provider.url, "weir-cache-enabled": "true"}
        async with httpx.AsyncClient(base_url=unified.url, headers=headers, timeout=20) as client:
            request = {"model": "m", "messages": MESSAGES, "user": uuid4().hex}
            calls = [asyncio.create_task(client.post("/v1/chat/completions", json=request)) for _ in range(3)]
            await until(lambda: unified.metric("weir_gateway_in_flight") == 3)
            gate.set()
            answers = await asyncio.gather(*calls)
    assert sorted(each.status_code for each in answers) == [200, 200, 502]
    assert len(provider.bodies) == 3
