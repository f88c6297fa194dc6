"""Providers whose answers are cut, too long, reset or nonsense: nobody takes them for whole, and there is a row."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.gateway.faults.callers import CALLERS, MESSAGES, TRANSLATED, all_that_came
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from tests.gateway.vendor import chunk, stream_head, vendor
from warehouse.record import Exchange

WHOLE = (
    b'{"id":"1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant",'
    b'"content":"deep"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}'
)
EVENTS = [
    b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"de"}}]}\n\n',
    b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"ep"},"finish_reason":"stop"}]}\n\n',
    b"data: [DONE]\n\n",
]
Row = Callable[[str], Exchange]


def claims(length: int, content_type: str = "application/json") -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n" % (content_type.encode(), length)


def says(*parts: bytes) -> Callable[[StreamReader, StreamWriter], object]:
    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"".join(parts))
        await writer.drain()

    return answer


# The length is a lie


@pytest.mark.parametrize(
    ("head", "parts", "stream"),
    [
        pytest.param(claims(len(WHOLE) + 50), [WHOLE], False, id="whole"),
        pytest.param(claims(5000, "text/event-stream"), EVENTS[:1], True, id="stream"),
        pytest.param(stream_head(), [b"400\r\n", EVENTS[0]], True, id="chunk"),
    ],
)
async def test_less_than_was_announced_is_a_broken_answer(
    client: httpx.AsyncClient, row_of: Row, head: bytes, parts: list[bytes], stream: bool
):
    user = f"short-{len(head)}"
    async with vendor(says(head, *parts)) as provider:
        headers = {"weir-target-url": provider.url, "weir-user-id": user}
        request = {"model": "m", "messages": MESSAGES, "stream": stream}
        came, is_whole = await all_that_came(client, url="/v1/chat/completions", json=request, headers=headers)
    row = await asyncio.to_thread(row_of, user)
    assert (came, is_whole) == (b"".join(parts).removeprefix(b"400\r\n"), False)
    assert (row.status_code, row.error_type) == (200, "upstream_disconnected")
    assert (row.response_body or "").encode() == came


async def test_more_than_was_announced_is_cut_off_and_is_not_the_next_answer(
    client: httpx.AsyncClient, unified: RunningGateway
):
    stray = claims(7) + b"another"
    async with vendor(says(claims(len(WHOLE)), WHOLE, stray)) as provider:
        for _ in range(2):
            headers = {"weir-target-url": provider.url}
            answer = await client.post("/v1/chat/completions", json={"model": "m"}, headers=headers)
            row = unified.record(answer.headers["weir-request-id"])
            assert answer.content == WHOLE
            assert (row.status_code, row.error_type, row.output_tokens) == (200, None, 1)
        assert len(provider.heads) == 2, "each was asked on a connection of its own"


async def test_a_stream_longer_than_announced_ends_where_it_was_announced(client: httpx.AsyncClient, row_of: Row):
    stream, user = b"".join(EVENTS), "long-stream"
    async with vendor(says(claims(len(stream), "text/event-stream"), stream, b"data: more\n\n")) as provider:
        headers = {"weir-target-url": provider.url, "weir-user-id": user}
        request = {"model": "m", "messages": MESSAGES, "stream": True}
        came, is_whole = await all_that_came(client, url="/v1/chat/completions", json=request, headers=headers)
    assert (came, is_whole) == (stream, True)
    assert (await asyncio.to_thread(row_of, user)).error_type is None


@pytest.mark.parametrize(("length", "error"), [(40, "bad_upstream_response"), (9000, "upstream_disconnected")])
@pytest.mark.parametrize(("caller", "model"), TRANSLATED[:4])
async def test_a_translated_answer_of_another_length_is_none(
    client: httpx.AsyncClient, unified: RunningGateway, caller: str, model: str, length: int, error: str
):
    answer = await client.post(**CALLERS[caller].asks(f"{model}+content-length={length}", stream=False))
    row = unified.record(answer.headers["weir-request-id"])
    assert (answer.status_code, row.status_code, row.error_type) == (502, 502, error)
    assert row.response_body, "what came is kept"


# It breaks off, or is nonsense


@pytest.mark.parametrize(("caller", "model"), TRANSLATED)
async def test_a_translated_stream_that_is_reset_never_looks_complete(
    client: httpx.AsyncClient, row_of: Row, caller: str, model: str
):
    speaks, user = CALLERS[caller], f"reset-{caller}-{model}"
    request = speaks.asks(f"{model}+die-after=3+reset", stream=True)
    came, is_whole = await all_that_came(client, **request, headers={"weir-user-id": user})
    row = await asyncio.to_thread(row_of, user)
    assert not is_whole, "also who reads no events notices"
    assert speaks.broken in came
    assert speaks.over not in came
    assert (row.status_code, row.error_type) == (200, "upstream_disconnected")
    assert (row.response_body or "").encode() == came
    assert row.response_preview


@pytest.mark.parametrize(("caller", "model"), TRANSLATED)
async def test_nonsense_for_a_whole_answer_is_an_error_in_the_callers_dialect(
    client: httpx.AsyncClient, unified: RunningGateway, caller: str, model: str
):
    answer = await client.post(**CALLERS[caller].asks(f"{model}+garbage", stream=False))
    row = unified.record(answer.headers["weir-request-id"])
    error = answer.json()["error"]
    assert answer.status_code == 502
    assert error["message"]
    assert {
        "chat_completions": "param" in error,
        "responses": "param" in error,
        "messages": answer.json().get("type") == "error",
        "gemini": error.get("status") is not None,
    }[caller]
    assert (row.status_code, row.error_type) == (502, "bad_upstream_response")
    assert (row.response_body_encoding, row.response_body is not None) == ("base64", True), "what came is kept"


@pytest.mark.parametrize(("caller", "model"), TRANSLATED)
async def test_nonsense_for_a_stream_never_looks_complete(
    client: httpx.AsyncClient, row_of: Row, caller: str, model: str
):
    speaks, user = CALLERS[caller], f"nonsense-{caller}-{model}"
    request = speaks.asks(f"{model}+garbage", stream=True)
    came, _ = await all_that_came(client, **request, headers={"weir-user-id": user})
    row = await asyncio.to_thread(row_of, user)
    assert speaks.broken in came
    assert speaks.over not in came
    assert (row.status_code, row.error_type) == (200, "upstream_disconnected")
    assert row.output_tokens is None


async def test_a_reset_translated_stream_is_not_asked_for_again(
    tmp_path: Path, accounts: Accounts, operator: dict[str, str]
):
    """Something of it has gone to the client, so neither a retry nor the fallback may begin another answer."""
    events = (
        {"type": "message_start", "message": {"id": "1", "model": "m", "usage": {"input_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
    )
    begun = stream_head() + b"".join(chunk(b"data: %s\n\n" % json.dumps(each).encode()) for each in events)
    async with vendor(says(begun)) as provider, vendor(says(b"")) as other:
        upstreams = {"anthropic": f"{provider.url}/v1", "openai": f"{other.url}/v1"}
        with running_gateway(tmp_path, accounts, upstreams=upstreams, **operator) as gateway:
            headers = gateway.auth | {"weir-retry-enabled": "true", "weir-retry-min-timeout": "1"}
            async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=20) as client:
                request = CALLERS["chat_completions"].asks("anthropic/claude-x, gpt-4o/openai", stream=True)
                came, is_whole = await all_that_came(client, **request)
            [row] = gateway.records()
    assert (b"Hi" in came, is_whole) == (True, False)
    assert (len(provider.heads), len(other.heads), len(row.attempts)) == (1, 0, 1)
