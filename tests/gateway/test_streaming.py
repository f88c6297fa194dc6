"""Bytes reach the client as they come and as they are."""

import asyncio
import gzip
from asyncio import StreamReader, StreamWriter

import httpx
import pytest

from tests.gateway.running import RunningGateway
from tests.gateway.vendor import chunk, response, stream_head, vendor
from weir.upstream.server import Running


@pytest.fixture
async def client(open_gateway: RunningGateway):
    async with httpx.AsyncClient(base_url=open_gateway.url, headers=open_gateway.auth, timeout=20) as made:
        yield made


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/demo/v1/messages", {"max_tokens": 50}),
        ("/demo/v1/responses", {"input": "hi"}),
        ("/demo/v1/chat/completions", {"stream_options": {"include_usage": True}}),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_the_client_gets_the_providers_bytes(
    client: httpx.AsyncClient, open_gateway: RunningGateway, upstream: Running, path: str, body: dict, stream: bool
):
    request = {"model": "demo-small", "messages": [{"role": "user", "content": "hi"}], "stream": stream, **body}
    answer = await client.post(path, json=request)
    record = open_gateway.record(answer.headers["weir-request-id"])
    assert answer.status_code == 200
    assert record.response_body is not None
    assert answer.content == record.response_body.encode()
    async with httpx.AsyncClient() as without_gateway:
        direct = await without_gateway.post(upstream.url + path.removeprefix("/demo"), json=request)
    # The fake upstream counts its answers in their ids, and says when; all else is the same every time.
    assert len(answer.content) == len(direct.content)
    assert answer.headers["content-type"] == direct.headers["content-type"]


async def test_nothing_is_held_back(client: httpx.AsyncClient, gateway_for):
    """Each event is waited for by the client before the provider sends the next."""
    seen = asyncio.Queue()

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(stream_head())
        for number in range(3):
            writer.write(chunk(b'data: {"choices":[{"index":0,"delta":{"content":"%d"}}]}\n\n' % number))
            await writer.drain()
            assert await asyncio.wait_for(seen.get(), 10) == number
        writer.write(chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        await writer.drain()

    async with vendor(answer) as provider:
        gateway = gateway_for(provider)
        request = {"model": "m", "stream": True, "messages": []}
        async with client.stream("POST", "/x/chat/completions", json=request, headers=gateway) as stream:
            number = 0
            async for line in stream.aiter_lines():
                if line.startswith("data: {"):
                    seen.put_nowait(number)
                    number += 1
    assert number == 3


async def test_a_partial_event_is_not_held_back_either(client: httpx.AsyncClient, gateway_for):
    arrived = asyncio.Event()

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(stream_head() + chunk(b"data: {"))
        await asyncio.wait_for(arrived.wait(), 10)
        writer.write(chunk(b"}\n\n") + b"0\r\n\r\n")

    async with vendor(answer) as provider:
        request = {"model": "m", "stream": True, "max_tokens": 5, "messages": []}
        async with client.stream("POST", "/x/messages", json=request, headers=gateway_for(provider)) as stream:
            pieces = []
            async for piece in stream.aiter_raw():
                pieces.append(piece)
                arrived.set()
    assert pieces == [b"data: {", b"}\n\n"]


async def test_what_comes_after_the_last_event_is_forwarded_too(
    client: httpx.AsyncClient, open_gateway: RunningGateway, gateway_for
):
    may_end = asyncio.Event()

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(stream_head() + chunk(b"data: [DONE]\n\n"))
        await asyncio.wait_for(may_end.wait(), 10)
        writer.write(chunk(b": bye\n\n") + b"0\r\n\r\n")

    async with vendor(answer) as provider:
        request = {"model": "m", "stream": True, "messages": []}
        headers = gateway_for(provider)
        async with client.stream("POST", "/x/chat/completions", json=request, headers=headers) as stream:
            pieces = []
            async for piece in stream.aiter_raw():
                if not pieces:
                    # The record is there before the last event, so before the end of the stream.
                    open_gateway.record(stream.headers["weir-request-id"])
                    may_end.set()
                pieces.append(piece)
    assert b"".join(pieces) == b"data: [DONE]\n\n: bye\n\n"


async def test_a_compressed_stream_passes_as_it_is_and_is_read_all_the_same(
    client: httpx.AsyncClient, open_gateway: RunningGateway
):
    request = {
        "model": "demo-small+gzip",
        "max_tokens": 50,
        "stream": True,
        "messages": [{"role": "user", "content": "a"}],
    }
    async with client.stream("POST", "/demo/v1/messages", json=request) as stream:
        raw = b"".join([piece async for piece in stream.aiter_raw()])
    record = open_gateway.record(stream.headers["weir-request-id"])
    assert stream.headers["content-encoding"] == "gzip"
    assert record.response_body == gzip.decompress(raw).decode()
    assert record.output_tokens


async def test_only_encodings_we_can_undo_are_asked_for(client: httpx.AsyncClient, gateway_for):
    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(b"{}"))

    async with vendor(answer) as provider:
        for asked, sent in [("gzip, br, zstd;q=0.5", b"gzip, zstd;q=0.5"), ("br", b"identity"), ("*", b"identity")]:
            await client.get("/x", headers={"accept-encoding": asked, **gateway_for(provider)})
            assert b"\r\naccept-encoding: " + sent + b"\r\n" in provider.heads[-1].lower()


async def test_bodies_that_are_no_text_are_kept_in_base64(
    client: httpx.AsyncClient, open_gateway: RunningGateway, gateway_for
):
    sound = bytes(range(256))

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(sound, "content-type: audio/mpeg"))

    async with vendor(answer) as provider:
        headers = {"content-type": "multipart/form-data; boundary=x", **gateway_for(provider)}
        got = await client.post("/v1/audio/speech", content=b"--x\r\n\xff\xfe", headers=headers)
        assert got.content == sound
        assert provider.bodies == [b"--x\r\n\xff\xfe"]
    record = open_gateway.record(got.headers["weir-request-id"])
    assert (record.request_body_encoding, record.response_body_encoding) == ("base64", "base64")
    assert record.response_body_bytes == 256


async def test_a_large_body_is_cut_in_the_record_and_whole_for_everyone_else(
    client: httpx.AsyncClient, open_gateway: RunningGateway, gateway_for
):
    large = "é".encode() * 600_000

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(large + b"x"))
        await writer.drain()

    async with vendor(answer) as provider:
        got = await client.post("/v1/files", content=large, headers=gateway_for(provider))
        assert got.content == large + b"x"
        assert provider.bodies == [large]
    record = open_gateway.record(got.headers["weir-request-id"])
    assert record.request_body_truncated
    assert record.response_body_truncated
    assert (record.request_body_bytes, record.response_body_bytes) == (1_200_000, 1_200_001)
    assert record.response_body_encoding == "text"
    assert record.response_body is not None
    assert len(record.response_body.encode()) == open_gateway.settings.max_body_bytes - 1


async def test_a_side_that_is_to_be_omitted_is_nowhere_in_the_record(
    client: httpx.AsyncClient, open_gateway: RunningGateway
):
    request = {"model": "demo-small", "messages": [{"role": "user", "content": "a secret of mine"}]}
    for side, other in [("request", "response"), ("response", "request")]:
        got = await client.post(
            "/demo/v1/chat/completions", json=request, headers={f"Helicone-Omit-{side.title()}": "true"}
        )
        record = open_gateway.record(got.headers["weir-request-id"])
        assert getattr(record, f"{side}_body_omitted")
        assert getattr(record, f"{side}_body") is None
        assert getattr(record, f"{side}_preview") is None
        assert getattr(record, f"{side}_body_bytes") > 0
        assert not getattr(record, f"{other}_body_omitted")
        assert getattr(record, f"{other}_body")
        assert getattr(record, f"{other}_preview")
        assert record.input_tokens
