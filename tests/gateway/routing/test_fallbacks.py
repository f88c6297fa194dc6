"""Fallbacks named in a header: their order, their codes, their headers, and what they may not do."""

import json
import socket
import time
from asyncio import StreamReader, StreamWriter

import httpx
import pytest

from tests.gateway.running import RunningGateway
from tests.gateway.vendor import response, vendor
from weir.upstream.server import Running

CHAT = "/v1/chat/completions"
BODY = {"model": "demo-small", "messages": [{"role": "user", "content": "Hi"}], "user": "u"}


@pytest.fixture
async def client(open_gateway: RunningGateway):
    async with httpx.AsyncClient(base_url=open_gateway.url, headers=open_gateway.auth, timeout=20) as made:
        yield made


def fallbacks(*entries: dict[str, object]) -> dict[str, str]:
    return {"helicone-fallbacks": json.dumps(entries)}


def entry(url: str, model: str | None = None, **more: object) -> dict[str, object]:
    return {"target-url": url, "headers": {}} | ({"bodyKeyOverride": {"model": model}} if model else {}) | more


async def test_the_entries_are_tried_in_order(
    client: httpx.AsyncClient, open_gateway: RunningGateway, upstream: Running
):
    codes = [{"from": 400, "to": 500}, 503]
    headers = fallbacks(
        entry(upstream.url, "demo-small+status=503", onCodes=codes),
        entry(upstream.url, "demo-small+status=422", onCodes=codes),
        entry(upstream.url, "demo-large", onCodes=codes),
    )
    answer = await client.post(CHAT, json=BODY, headers=headers)
    record = open_gateway.record(answer.headers["weir-request-id"])
    assert (answer.status_code, answer.json()["model"]) == (200, "demo-large")
    assert answer.headers["helicone-fallback-index"] == answer.headers["weir-fallback-index"] == "2"
    assert [attempt.status_code for attempt in record.attempts] == [503, 422, 200]
    assert record.request_model == "demo-small"
    assert record.response_model == "demo-large"
    assert json.loads(record.request_body or "") == BODY


async def test_a_status_that_is_not_listed_is_the_answer(client: httpx.AsyncClient, upstream: Running):
    headers = fallbacks(entry(upstream.url, "demo-small+status=503", onCodes=[429]), entry(upstream.url))
    answer = await client.post(CHAT, json=BODY, headers=headers)
    assert (answer.status_code, answer.headers["helicone-fallback-index"]) == (503, "0")


@pytest.mark.parametrize("words", ["status=503", "die", "die+reset", "status=429+retry-after=99"])
async def test_without_codes_the_gateways_rules_hold(client: httpx.AsyncClient, upstream: Running, words: str):
    headers = fallbacks(entry(upstream.url, f"demo-small+{words}"), entry(upstream.url))
    answer = await client.post(CHAT, json=BODY, headers=headers)
    assert (answer.status_code, answer.headers["weir-fallback-index"]) == (200, "1")


async def test_a_host_that_cannot_be_reached_is_passed_over(client: httpx.AsyncClient, upstream: Running):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    headers = fallbacks(entry(f"http://127.0.0.1:{port}"), entry(upstream.url))
    answer = await client.post(CHAT, json=BODY, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["weir-attempts"].split(", ")[0].endswith(" unreachable")


async def test_a_prompt_that_is_too_long_goes_to_the_next(client: httpx.AsyncClient, upstream: Running):
    refused = (
        b'{"error":{"message":"This model\'s maximum context length is 8192 tokens","type":"invalid_request_error"}}'
    )

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(refused, "content-type: application/json", status="400 Bad Request"))

    async with vendor(answer) as provider:
        got = await client.post(CHAT, json=BODY, headers=fallbacks(entry(provider.url), entry(upstream.url)))
        alone = await client.post(CHAT, json=BODY, headers=fallbacks(entry(provider.url)))
    assert (got.status_code, got.headers["weir-fallback-index"]) == (200, "1")
    assert (alone.status_code, alone.content) == (400, refused)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_plain_refusal_goes_back_unchanged(client: httpx.AsyncClient, upstream: Running, status: int):
    headers = fallbacks(entry(upstream.url, f"demo-small+status={status}"), entry(upstream.url))
    answer = await client.post(CHAT, json=BODY, headers=headers)
    assert (answer.status_code, answer.headers["weir-fallback-index"]) == (status, "0")


async def test_a_provider_that_hangs_is_left_in_time(
    client: httpx.AsyncClient, open_gateway: RunningGateway, upstream: Running
):
    headers = fallbacks(entry(upstream.url, "demo-small+hang"), entry(upstream.url)) | {"weir-attempt-seconds": "0.2"}
    began = time.monotonic()
    answer = await client.post(CHAT, json=BODY, headers=headers)
    record = open_gateway.record(answer.headers["weir-request-id"])
    assert answer.status_code == 200
    assert time.monotonic() - began < 10
    assert [attempt.error_type for attempt in record.attempts] == ["timeout", None]


async def test_a_stream_without_a_first_token_is_left_in_time(client: httpx.AsyncClient, upstream: Running):
    headers = fallbacks(entry(upstream.url, "demo-small+hang-after=0"), entry(upstream.url))
    headers["weir-first-token-seconds"] = "0.2"
    answer = await client.post(CHAT, json={**BODY, "stream": True}, headers=headers)
    assert answer.headers["weir-fallback-index"] == "1"
    assert answer.text.endswith("data: [DONE]\n\n")
    assert answer.text.count('"role"') == 1, "nothing of the first attempt is left in the answer"


async def test_all_attempts_share_one_deadline(
    client: httpx.AsyncClient, open_gateway: RunningGateway, upstream: Running
):
    headers = fallbacks(*[entry(upstream.url, "demo-small+hang")] * 5) | {"weir-total-seconds": "0.3"}
    answer = await client.post(CHAT, json=BODY, headers=headers)
    record = open_gateway.record(answer.headers["weir-request-id"])
    assert (answer.status_code, record.error_type) == (504, "timeout")
    assert len(record.attempts) == 1


async def test_each_entry_is_sent_its_own_headers_and_no_other_credential(
    client: httpx.AsyncClient, open_gateway: RunningGateway
):
    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(b"{}", status="503 Unavailable"))

    async with vendor(answer) as first, vendor(answer) as second:
        headers = {
            "authorization": "Bearer callers-own-key",
            "x-title": "app",
            **fallbacks(
                entry(first.url, headers={"Authorization": "Bearer key-of-the-first", "X-Title": "other"}),
                entry(second.url),
            ),
        }
        await client.post(f"{CHAT}?key=callers-own-key&page=1", json=BODY, headers=headers)
        heads = [provider.heads[0].lower() for provider in (first, second)]
    assert b"bearer key-of-the-first" in heads[0]
    assert b"x-title: other" in heads[0]
    assert b"x-title: app" in heads[1]
    for head in heads:
        assert b"?page=1 " in head
        assert b"callers-own-key" not in head
        assert b"weir" not in head
        assert b"helicone" not in head
    assert b"authorization" not in heads[1]


async def test_a_named_provider_comes_before_its_fallbacks(
    client: httpx.AsyncClient, open_gateway: RunningGateway, upstream: Running
):
    headers = fallbacks(entry(upstream.url, "demo-large"))
    fine = await client.post(f"/demo{CHAT}", json=BODY, headers=headers)
    broken = await client.post(f"/demo{CHAT}", json={**BODY, "model": "demo-small+status=500"}, headers=headers)
    assert (fine.json()["model"], "weir-fallback-index" in fine.headers) == ("demo-small", False)
    assert (broken.json()["model"], broken.headers["weir-fallback-index"]) == ("demo-large", "0")


async def test_overrides_are_laid_over_the_body(client: httpx.AsyncClient):
    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(b"{}"))

    body = {"model": "a", "metadata": {"kept": "1", "changed": "2"}, "user": "u"}
    override = {"model": "b", "metadata": {"changed": {"deep": 1}, "new": None}, "user": {"id": 2}}
    async with vendor(answer) as provider:
        await client.post(CHAT, json=body, headers=fallbacks(entry(provider.url, bodyKeyOverride=override)))
        sent = json.loads(provider.bodies[0])
    assert sent == {
        "model": "b",
        "metadata": {"kept": "1", "changed": {"deep": 1}, "new": None},
        "user": {"id": 2},
    }


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{", "Weir-Fallbacks"),
        ("{}", "list"),
        ("[]", "1 to 10"),
        (json.dumps([{"target-url": "http://127.0.0.1:1"}] * 11), "1 to 10"),
        ('[{"headers": {}}]', "target-url"),
        ('[{"target-url": "http://127.0.0.1:1", "oncodes": [1]}]', "oncodes"),
        ('[{"target-url": "http://127.0.0.1:1", "onCodes": [700]}]', "onCodes"),
        ('[{"target-url": "http://127.0.0.1:1", "onCodes": [{"from": 500, "to": 400}]}]', "onCodes"),
        ('[{"target-url": "http://127.0.0.1:1", "headers": {"a b": "c"}}]', "a b"),
        ('[{"target-url": "http://127.0.0.1:1", "headers": {"a": "b\\r\\nc: d"}}]', "control"),
        ('[{"target-url": "http://127.0.0.1:1", "headers": {"a": "sk-weir-1"}}]', "Weir key"),
        ('[{"target-url": "ftp://127.0.0.1:1"}]', "entry 0"),
    ],
)
async def test_a_wrong_header_is_refused_with_the_way_out(client: httpx.AsyncClient, written: str, said: str):
    answer = await client.post(CHAT, json=BODY, headers={"weir-fallbacks": written})
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


async def test_fallbacks_lead_to_no_other_hosts_than_targets_do(client: httpx.AsyncClient, upstream: Running):
    for url in ("https://evil.test", "http://169.254.169.254", "http://api.openai.com"):
        answer = await client.post(CHAT, json=BODY, headers=fallbacks(entry(upstream.url), entry(url)))
        assert answer.status_code == 403
        assert "entry 1" in answer.json()["error"]["message"]


async def test_a_body_that_is_no_object_cannot_be_overridden(client: httpx.AsyncClient, upstream: Running):
    answer = await client.post(CHAT, content=b"[1]", headers=fallbacks(entry(upstream.url, "m")))
    assert answer.status_code == 400
    assert "JSON object" in answer.json()["error"]["message"]
