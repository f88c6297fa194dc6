"""A mistake of our own on the way to the row: the client has its answer, nobody waits, and there is a row."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest

from gateway.bodies.tap import Tap
from gateway.recording import recorder
from gateway.routing import attempts
from providers.translation.translate import ResponseTranslator
from tests.gateway.faults.callers import CALLERS, MESSAGES, all_that_came
from tests.gateway.faults.waiting import until
from tests.gateway.running import RunningGateway
from tests.gateway.vendor import response, vendor
from warehouse.record import Exchange

Row = Callable[[str], Exchange]


def fails(*_: object, **__: object) -> object:
    raise RuntimeError("what nobody thought of")


@pytest.fixture(params=["exchange_of", "encode"])
def no_record(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whole records cannot be made, or not be written."""
    real = getattr(recorder, request.param)
    tried: list[object] = []

    def fails_first(*arguments: object) -> object:
        tried.append(arguments)
        return fails() if request.param == "exchange_of" or len(tried) % 2 else real(*arguments)

    monkeypatch.setattr(recorder, request.param, fails_first)
    return request.param


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("model", ["demo/demo-small", "anthropic/claude-x"])
async def test_a_record_that_cannot_be_made_costs_the_client_nothing_and_leaves_a_bare_row(
    client: httpx.AsyncClient, unified: RunningGateway, no_record: str, model: str, stream: bool
):
    before = await asyncio.to_thread(unified.metric, "weir_gateway_recorded_bare_total")
    caller = CALLERS["chat_completions"]
    answer = await client.post(**caller.asks(model, stream=stream), headers={"weir-omit-response": "true"})
    row = unified.record(answer.headers["weir-request-id"])
    assert answer.status_code == 200
    assert answer.text.endswith("data: [DONE]\n\n") if stream else answer.json()["choices"]
    assert (row.status_code, row.organization_id) == (200, unified.accounts.organization_id)
    assert row.provider == model.partition("/")[0]
    assert row.latency_ms
    assert (row.request_body, row.request_body_truncated, row.response_body_omitted) == (None, True, True)
    assert await asyncio.to_thread(unified.metric, "weir_gateway_recorded_bare_total") == before + 1
    assert await asyncio.to_thread(unified.metric, 'weir_gateway_dropped_total{reason="error"}') == 0


@pytest.mark.usefixtures("no_record")
async def test_errors_and_hits_and_limits_go_on_without_records(client: httpx.AsyncClient):
    seed = {"weir-cache-enabled": "true", "weir-cache-seed": uuid4().hex, "weir-user-id": uuid4().hex}
    seed["weir-ratelimit-policy"] = "3;w=600;s=user"
    request = CALLERS["messages"].asks("demo-small", stream=True)
    answers = [await client.post(**request, headers=seed) for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert [each.headers.get("weir-cache") for each in answers] == ["MISS", "HIT", "HIT", None]
    refused = await client.post(**CALLERS["messages"].asks("demo/demo-small+die", stream=False))
    assert (refused.status_code, refused.json()["type"]) == (502, "error")


async def test_an_answer_that_cannot_be_read_is_a_row_and_keeps_no_follower_waiting(
    unified: RunningGateway, row_of: Row, monkeypatch: pytest.MonkeyPatch
):
    """What an answer says is read for the row and for the cache; equal calls wait for the latter."""
    gate, user = asyncio.Event(), uuid4().hex
    monkeypatch.setattr(Tap, "_facts", fails)

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        await gate.wait()
        writer.write(response(b'{"choices":[]}', "content-type: application/json"))

    async with vendor(answer) as provider:
        headers = unified.auth | {"weir-target-url": provider.url, "weir-cache-enabled": "true"}
        async with httpx.AsyncClient(base_url=unified.url, headers=headers, timeout=10) as client:
            request = {"model": "m", "messages": MESSAGES, "user": user}
            calls = [asyncio.create_task(client.post("/v1/chat/completions", json=request)) for _ in range(3)]
            await until(lambda: unified.metric("weir_gateway_in_flight") == 3)
            gate.set()
            answers = await asyncio.gather(*calls)
    assert {each.content for each in answers} == {b'{"choices":[]}'}
    rows = [unified.record(each.headers["weir-request-id"]) for each in answers]
    assert {(row.status_code, row.response_body, row.usage_source) for row in rows} == {(200, '{"choices":[]}', "none")}


@pytest.mark.parametrize("caller", ["chat_completions", "messages"])
async def test_a_translation_that_fails_is_an_error_or_a_broken_stream(
    client: httpx.AsyncClient, unified: RunningGateway, row_of: Row, caller: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ResponseTranslator, "whole", fails)
    monkeypatch.setattr(ResponseTranslator, "feed", fails)
    speaks, user = CALLERS[caller], uuid4().hex
    whole = await client.post(**speaks.asks("google/gemini-2.5-flash", stream=False))
    row = unified.record(whole.headers["weir-request-id"])
    assert (whole.status_code, row.status_code, row.error_type) == (500, 500, "internal_error")
    assert whole.json()["error"]["message"]
    assert "nobody" not in whole.text
    request = speaks.asks("google/gemini-2.5-flash", stream=True)
    came, is_whole = await all_that_came(client, **request, headers={"weir-user-id": user})
    row = await asyncio.to_thread(row_of, user)
    assert (speaks.over in came, is_whole) == (False, False)
    assert (row.status_code, row.error_type) == (200, "internal_error")


async def test_a_mistake_before_anything_is_sent_is_an_error_in_the_callers_dialect(
    client: httpx.AsyncClient, unified: RunningGateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempts, "outgoing", fails)
    answer = await client.post(**CALLERS["messages"].asks("demo-small", stream=True))
    row = unified.record(answer.headers["weir-request-id"])
    assert (answer.status_code, answer.json()["type"]) == (500, "error")
    assert (row.status_code, row.error_type, row.attempts) == (500, "internal_error", [])
