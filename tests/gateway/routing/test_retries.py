"""Asking the same provider again: how often, after which pauses, and for which answers."""

import asyncio
import random
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from gateway.errors import BadRequest
from gateway.routing.retries import NO_RETRIES, Retries, read_retries, retry_after_seconds
from tests.gateway.running import RunningGateway
from tests.gateway.vendor import Answer, chunk, response, stream_head, vendor

RETRY = {"helicone-retry-enabled": "true", "helicone-retry-min-timeout": "1", "weir-retry-num": "3"}
FINE = b'{"id":"1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"content":"Hi"}}]}'
BODY = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def one_after_the_other(*answers: bytes) -> Answer:
    """Answers each call with the next of these bytes, and every further one with the last."""
    left = list(answers)

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return answer


def refusal(status: str, *headers: str) -> bytes:
    return response(b'{"error":{"message":"not now"}}', "content-type: application/json", *headers, status=status)


@pytest.fixture
async def client(open_gateway: RunningGateway):
    async with httpx.AsyncClient(base_url=open_gateway.url, headers=open_gateway.auth, timeout=20) as made:
        yield made


@pytest.mark.parametrize("first", [refusal("503 Unavailable"), refusal("429 Too Many", "retry-after: 0"), b""])
async def test_a_transient_failure_is_tried_again(
    client: httpx.AsyncClient, open_gateway: RunningGateway, first: bytes
):
    async with vendor(one_after_the_other(first, response(FINE, "content-type: application/json"))) as provider:
        headers = {**RETRY, "weir-target-url": provider.url}
        answer = await client.post("/v1/chat/completions", json=BODY, headers=headers)
        assert provider.bodies[0] == provider.bodies[1]
    record = open_gateway.record(answer.headers["weir-request-id"])
    assert (answer.status_code, answer.content) == (200, FINE)
    assert (record.status_code, record.error_type) == (200, None)
    assert len(record.attempts) == 2
    assert record.attempts[0].error_type in ("provider_error", "rate_limited", "upstream_disconnected")
    assert record.attempts[1].status_code == 200
    assert answer.headers["weir-attempts"].endswith(", custom 200")


async def test_without_the_header_nothing_is_tried_again(client: httpx.AsyncClient):
    async with vendor(one_after_the_other(refusal("503 Unavailable"))) as provider:
        answer = await client.post("/v1/chat/completions", json=BODY, headers={"weir-target-url": provider.url})
        assert len(provider.heads) == 1
    assert answer.status_code == 503
    assert "weir-attempts" not in answer.headers


@pytest.mark.parametrize(
    "final", [refusal("400 Bad"), refusal("401 No"), refusal("404 None"), refusal("409 Busy", "x-should-retry: false")]
)
async def test_what_would_be_the_same_again_goes_back_unchanged(client: httpx.AsyncClient, final: bytes):
    async with vendor(one_after_the_other(final)) as provider:
        headers = {**RETRY, "weir-target-url": provider.url}
        answer = await client.post("/v1/chat/completions", json=BODY, headers=headers)
        assert len(provider.heads) == 1
    assert answer.content == b'{"error":{"message":"not now"}}'


async def test_the_last_real_answer_reaches_the_client_when_nothing_helps(
    client: httpx.AsyncClient, open_gateway: RunningGateway
):
    async with vendor(one_after_the_other(refusal("503 Unavailable"), refusal("529 Overloaded"), b"")) as provider:
        headers = {**RETRY, "weir-target-url": provider.url}
        answer = await client.post("/v1/chat/completions", json=BODY, headers=headers)
        assert len(provider.heads) == 4
    record = open_gateway.record(answer.headers["weir-request-id"])
    assert answer.status_code == 529
    assert answer.json() == {"error": {"message": "not now"}}
    assert (record.status_code, record.error_type, record.error_message) == (529, "provider_error", "not now")
    assert [attempt.status_code for attempt in record.attempts] == [503, 529, None, None]


async def test_a_provider_that_wants_a_longer_pause_is_not_asked_again(client: httpx.AsyncClient):
    async with vendor(one_after_the_other(refusal("429 Too Many", "retry-after: 60"))) as provider:
        headers = {**RETRY, "weir-target-url": provider.url}
        answer = await client.post("/v1/chat/completions", json=BODY, headers=headers)
        assert len(provider.heads) == 1
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


async def test_an_error_inside_a_stream_before_its_first_content_is_tried_again(
    client: httpx.AsyncClient, open_gateway: RunningGateway
):
    overloaded = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    content = (
        b'event: message_start\ndata: {"type":"message_start","message":{"id":"1","model":"m","usage":{}}}\n\n'
        b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":'
        b'{"type":"text_delta","text":"Hi"}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'
    )
    first, second = (stream_head() + chunk(events) + b"0\r\n\r\n" for events in (overloaded, content))
    async with vendor(one_after_the_other(first, second)) as provider:
        headers = {**RETRY, "weir-target-url": provider.url}
        answer = await client.post("/v1/messages", json={**BODY, "stream": True}, headers=headers)
    assert answer.content == content
    assert len(open_gateway.record(answer.headers["weir-request-id"]).attempts) == 2


async def test_a_stream_that_breaks_after_its_first_content_is_not_tried_again(
    client: httpx.AsyncClient, open_gateway: RunningGateway
):
    content = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
    async with vendor(one_after_the_other(stream_head() + chunk(content))) as provider:
        headers = {**RETRY, "weir-target-url": provider.url, "weir-user-id": "breaks-late"}
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/v1/chat/completions", json={**BODY, "stream": True}, headers=headers)
        assert len(provider.heads) == 1
    record = await asyncio.to_thread(open_gateway.record_where, lambda each: each.user_id == "breaks-late")
    assert (record.status_code, record.error_type, len(record.attempts)) == (200, "upstream_disconnected", 1)


async def test_a_client_that_leaves_between_tries_ends_them(open_gateway: RunningGateway):
    asked = asyncio.Event()

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        asked.set()
        writer.write(refusal("503 Unavailable"))

    async with vendor(answer) as provider:
        headers = {
            **open_gateway.auth,
            "weir-retry-enabled": "true",
            "weir-retry-min-timeout": "60000",
            "weir-retry-max-timeout": "60000",
            "weir-target-url": provider.url,
            "weir-user-id": "leaves-between",
        }
        async with httpx.AsyncClient(base_url=open_gateway.url, headers=headers) as client:
            asking = asyncio.create_task(client.post("/v1/chat/completions", json=BODY))
            await asked.wait()
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
        record = await asyncio.to_thread(open_gateway.record_where, lambda each: each.user_id == "leaves-between")
        assert len(provider.heads) == 1
    assert (record.status_code, record.error_type) == (None, "client_disconnected")
    assert [attempt.status_code for attempt in record.attempts] == [503]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weir-retry-enabled", "yes"),
        ("weir-retry-num", "-1"),
        ("weir-retry-num", "2.5"),
        ("weir-retry-factor", "0"),
        ("helicone-retry-min-timeout", "soon"),
        ("weir-retry-max-timeout", "nan"),
        ("weir-attempt-seconds", "0"),
        ("weir-total-seconds", "1e9"),
    ],
)
async def test_wrong_headers_are_refused_by_name(client: httpx.AsyncClient, name: str, value: str):
    headers = {"weir-retry-enabled": "true", "weir-target-url": "http://127.0.0.1:9", name: value}
    answer = await client.post("/v1/chat/completions", json=BODY, headers=headers)
    assert answer.status_code == 400
    assert name.replace("helicone", "weir") in answer.json()["error"]["message"].lower()


def test_pauses_grow_and_vary(monkeypatch: pytest.MonkeyPatch):
    retries = Retries(most=4, factor=2, first_seconds=1, longest_seconds=5)
    monkeypatch.setattr(random, "random", lambda: 0.0)
    assert [retries.pause_seconds(tries, None) for tries in range(1, 6)] == [1, 2, 4, 5, None]
    monkeypatch.setattr(random, "random", lambda: 1.0)
    assert retries.pause_seconds(1, None) == 0.75
    assert retries.pause_seconds(1, 3) == 3, "the provider's word is kept"
    assert retries.pause_seconds(1, 6) is None
    assert NO_RETRIES.pause_seconds(1, None) is None


def test_helicones_defaults():
    assert read_retries({"retry-enabled": "true"}) == Retries(5, 2, 1, 10)
    assert read_retries({"retry-enabled": "false", "retry-num": "x"}) == NO_RETRIES
    with pytest.raises(BadRequest):
        read_retries({"retry-enabled": ""})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({b"retry-after": b"7"}, 7),
        ({b"retry-after": b"7", b"retry-after-ms": b"250"}, 0.25),
        ({b"retry-after": b"-1"}, None),
        ({b"retry-after": b"inf"}, None),
        ({b"retry-after": b"soon"}, None),
        ({b"retry-after": b"Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[bytes, bytes], seconds: float | None):
    assert retry_after_seconds(headers) == seconds


def test_retry_after_may_be_a_date():
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True).encode()
    found = retry_after_seconds({b"retry-after": at})
    assert found is not None
    assert 20 < found <= 30
