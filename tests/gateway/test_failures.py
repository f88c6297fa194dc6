"""When a side breaks: the other one notices at once, and there is a row."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from pathlib import Path

import httpx
import pytest

from tests.gateway.running import Accounts, RunningGateway, running_gateway, spooled_lines
from tests.gateway.vendor import chunk, stream_head, vendor
from warehouse.record import Exchange

CHAT = "/demo/v1/chat/completions"


def body(model: str = "demo-small", **more: object) -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": "x" * 400}], **more}


@pytest.fixture
async def client(gateway: RunningGateway):
    async with httpx.AsyncClient(base_url=gateway.url, headers=gateway.auth, timeout=20) as made:
        yield made


async def test_an_error_of_the_provider_is_passed_on_unchanged_and_is_a_row(
    client: httpx.AsyncClient, gateway: RunningGateway
):
    answer = await client.post(CHAT, json=body("demo-small+status=429+retry-after=7"))
    record = gateway.record(answer.headers["weir-request-id"])
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert (record.status_code, record.error_type) == (429, "rate_limited")
    assert record.error_message == answer.json()["error"]["message"]
    assert record.attempts[0].status_code == 429
    assert record.usage_source == "none"


@pytest.mark.parametrize("status", [400, 401, 500, 529])
async def test_other_errors_are_the_providers(client: httpx.AsyncClient, gateway: RunningGateway, status: int):
    answer = await client.post(CHAT, json=body(f"demo-small+status={status}"))
    record = gateway.record(answer.headers["weir-request-id"])
    assert (answer.status_code, record.status_code, record.error_type) == (status, status, "provider_error")
    assert record.error_message


async def test_an_error_inside_a_stream_is_the_providers(client: httpx.AsyncClient, gateway: RunningGateway):
    answer = await client.post(CHAT, json=body("demo-small+error-after=2", stream=True))
    record = gateway.record(answer.headers["weir-request-id"])
    assert (record.status_code, record.error_type) == (200, "provider_error")


async def test_credentials_that_a_provider_quotes_are_not_stored(gateway: RunningGateway):
    refused = "my-odd-credential-9"
    quoted = f"Incorrect API key provided: {refused}, see https://x.test/?key=abcdefghijkl&page=1".encode()

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        text = b'{"error":{"message":"' + quoted + b'","type":"invalid_request_error"}}'
        writer.write(
            b"HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(text)
        )
        writer.write(text)

    async with vendor(answer) as provider:
        directory = gateway.settings.data_dir / "quoting"
        directory.mkdir()
        with running_gateway(directory, gateway.accounts, upstreams={"openai": provider.url + "/v1"}) as quoting:
            async with httpx.AsyncClient(base_url=quoting.url, headers=quoting.auth) as client:
                got = await client.post("/openai/v1/models", headers={"authorization": f"Bearer {refused}"})
            record = await asyncio.to_thread(quoting.record, got.headers["weir-request-id"])
    assert quoted in got.content, "the caller sees what the provider said"
    for stored in (record.response_body, record.error_message):
        assert stored is not None
        assert refused not in stored
        assert "abcdefghijkl" not in stored
        assert "page=1" in stored


async def test_an_unreachable_provider_is_named(gateway: RunningGateway, accounts: Accounts, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with running_gateway(tmp_path, accounts, upstreams={"demo": f"http://127.0.0.1:{port}/v1"}) as alone:
        async with httpx.AsyncClient(base_url=alone.url, headers=alone.auth) as client:
            answer = await client.post("/demo/v1/messages", json=body())
        record = alone.record(answer.headers["weir-request-id"])
    assert answer.status_code == 502
    assert answer.json()["type"] == "error", "in the caller's dialect"
    assert f"127.0.0.1:{port}" in answer.json()["error"]["message"]
    assert (record.status_code, record.error_type) == (502, "unreachable")
    assert record.attempts[0].error_type == "unreachable"
    assert record.attempts[0].status_code is None


async def test_a_silent_provider_times_out(accounts: Accounts, upstreams: dict[str, str], tmp_path: Path):
    with running_gateway(tmp_path, accounts, upstreams=upstreams, upstream_read_seconds=0.2) as hasty:
        async with httpx.AsyncClient(base_url=hasty.url, headers=hasty.auth) as client:
            answer = await client.post(CHAT, json=body("demo-small+hang"))
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post(CHAT, json=body("demo-small+hang-after=2", stream=True))
        record = hasty.record(answer.headers["weir-request-id"])
        in_stream = await asyncio.to_thread(hasty.record_where, lambda each: each.status_code == 200)
    assert (answer.status_code, record.status_code, record.error_type) == (504, 504, "timeout")
    assert in_stream.error_type == "timeout"
    assert in_stream.response_body is not None
    assert in_stream.response_body.startswith("data: ")


@pytest.mark.parametrize("words", ["die", "die+reset"])
async def test_a_provider_that_dies_before_its_response(client: httpx.AsyncClient, gateway: RunningGateway, words: str):
    answer = await client.post(CHAT, json=body(f"demo-small+{words}"))
    record = gateway.record(answer.headers["weir-request-id"])
    assert (answer.status_code, record.error_type) == (502, "upstream_disconnected")


@pytest.mark.parametrize("words", ["die-after=3", "die-after=3+reset"])
@pytest.mark.parametrize("stream", [True, False])
async def test_a_provider_that_dies_in_its_response_breaks_the_clients_too(
    client: httpx.AsyncClient, gateway: RunningGateway, words: str, stream: bool
):
    user = f"{words}-{stream}"
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(CHAT, json=body(f"demo-small+{words}", stream=stream), headers={"weir-user-id": user})
    record = await asyncio.to_thread(gateway.record_where, lambda each: each.user_id == user)
    assert (record.status_code, record.error_type) == (200, "upstream_disconnected")
    assert record.response_body
    assert record.usage_source == "none"


async def test_an_answer_that_is_no_http(client: httpx.AsyncClient, open_gateway: RunningGateway):
    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")

    async with vendor(answer) as provider, httpx.AsyncClient(headers=open_gateway.auth) as client:
        got = await client.get(f"{open_gateway.url}/x", headers={"weir-target-url": provider.url})
    assert got.status_code == 502
    assert open_gateway.record(got.headers["weir-request-id"]).error_type == "bad_upstream_response"


async def test_garbage_in_a_good_response_passes(client: httpx.AsyncClient, gateway: RunningGateway):
    answer = await client.post(CHAT, json=body("demo-small+garbage"))
    record = gateway.record(answer.headers["weir-request-id"])
    assert answer.status_code == 200
    assert b"\xff\xfe" in answer.content
    assert (record.status_code, record.response_body_encoding, record.usage_source) == (200, "base64", "none")


async def _leave(gateway: RunningGateway, model: str, stream: bool, wait_for_content: bool) -> Exchange:
    """Calls, waits for the first content or not, and hangs up."""
    async with httpx.AsyncClient(base_url=gateway.url, headers=gateway.auth, timeout=20) as client:
        user = f"leaver-{model}-{stream}-{wait_for_content}"

        async def ask() -> None:
            request = body(model, stream=stream)
            async with client.stream("POST", CHAT, json=request, headers={"weir-user-id": user}) as answer:
                async for line in answer.aiter_lines():
                    if '"content":"' in line and wait_for_content:
                        return

        asking = asyncio.create_task(ask())
        if wait_for_content:
            await asking
        else:
            await asyncio.wait([asking], timeout=0.1)
            asking.cancel()
    return await asyncio.to_thread(gateway.record_where, lambda each: each.user_id == user)


async def test_a_client_that_leaves_before_the_response(gateway: RunningGateway):
    record = await _leave(gateway, "demo-small+hang", stream=False, wait_for_content=False)
    assert (record.status_code, record.error_type) == (None, "client_disconnected")
    assert record.usage_source == "estimated"
    assert record.input_tokens is not None
    assert record.input_tokens > 100
    assert record.output_tokens == 0


async def test_a_client_that_leaves_in_the_middle_of_a_stream(gateway: RunningGateway):
    record = await _leave(gateway, "demo-small+hang-after=4", stream=True, wait_for_content=True)
    assert (record.status_code, record.error_type) == (200, "client_disconnected")
    assert record.response_preview
    assert record.usage_source == "estimated"
    assert record.output_tokens == -(-len(record.response_preview) // 4)


async def test_the_provider_is_cut_off_when_the_client_leaves(open_gateway: RunningGateway):
    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(stream_head() + chunk(b"data: {}\n\n"))
        await reader.read()  # Returns when the gateway closes the connection.
        raise ConnectionError

    async with vendor(answer) as provider:
        async with (
            httpx.AsyncClient(base_url=open_gateway.url, headers=open_gateway.auth) as client,
            client.stream("GET", "/x", headers={"weir-target-url": provider.url}) as got,
        ):
            await anext(got.aiter_raw())
        await asyncio.wait_for(provider.left.wait(), 10)


async def test_a_client_that_leaves_during_its_upload_is_a_row(gateway: RunningGateway):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway.url.rpartition(":")[2]))
    writer.write(
        f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nweir-auth: {gateway.accounts.key}\r\nweir-user-id: uploader\r\n"
        'content-length: 100\r\n\r\n{"model":'.encode()
    )
    await writer.drain()
    writer.close()
    record = await asyncio.to_thread(gateway.record_where, lambda each: each.user_id == "uploader")
    assert (record.status_code, record.error_type) == (None, "client_disconnected")
    assert record.attempts == []
    assert (record.usage_source, record.input_tokens) == ("none", None)
    assert await reader.read() == b""


async def test_a_full_spool_refuses_calls(accounts: Accounts, upstreams: dict[str, str], tmp_path: Path):
    """The object store is away, so what is recorded stays in the spool and fills it."""
    options = {
        "upstreams": upstreams,
        "object_store_url": "file:///dev/null/objects",
        "spool_max_bytes": 40_000,
        "spool_drain_seconds": 0.1,
    }
    with running_gateway(tmp_path, accounts, **options) as full:
        async with httpx.AsyncClient(base_url=full.url, headers=full.auth) as client:
            statuses = [(await client.post(CHAT, json=body())).status_code for _ in range(24)]
            refusal = (await client.post(CHAT, json=body())).json()
            ready = await client.get("/readyz")
            metrics = (await client.get("/metrics")).text
        kept = spooled_lines(full.settings)
    assert statuses == sorted(statuses)
    assert set(statuses) == {200, 503}
    assert refusal["error"]["type"]
    assert ready.status_code == 503
    assert ready.json()["problems"]
    assert len(kept) == statuses.count(200), "whoever was answered has a record"
    assert 'weir_gateway_dropped_total{reason="spool_full"} 0.0' in metrics


async def test_a_disk_with_less_room_than_the_operator_wants_refuses_calls(
    accounts: Accounts, upstreams: dict[str, str], tmp_path: Path
):
    with running_gateway(tmp_path, accounts, upstreams=upstreams, spool_min_free_bytes=1 << 60) as full:
        async with httpx.AsyncClient(base_url=full.url, headers=full.auth) as client:
            assert (await client.post(CHAT, json=body())).status_code == 503
            assert (await client.get("/readyz")).status_code == 503


async def test_a_full_spool_drops_records_if_the_operator_prefers_that(
    accounts: Accounts, upstreams: dict[str, str], tmp_path: Path
):
    with running_gateway(tmp_path, accounts, upstreams=upstreams, spool_max_bytes=1, spool_full="drop") as full:
        async with httpx.AsyncClient(base_url=full.url, headers=full.auth) as client:
            answer = await client.post(CHAT, json=body())
            metrics = (await client.get("/metrics")).text
        assert full.records() == []
    assert answer.status_code == 200
    assert 'weir_gateway_dropped_total{reason="spool_full"} 1.0' in metrics
