"""Bodies larger than what is kept of them."""

import gzip
import json
from asyncio import StreamReader, StreamWriter

import httpx
import pytest

from tests.gateway.running import RunningGateway
from tests.gateway.vendor import response, vendor


@pytest.fixture
async def client(open_gateway: RunningGateway):
    async with httpx.AsyncClient(base_url=open_gateway.url, headers=open_gateway.auth, timeout=20) as made:
        yield made


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_the_usage_of_an_answer_larger_than_what_is_kept_is_read(
    client: httpx.AsyncClient, open_gateway: RunningGateway, is_chunked: bool
):
    said = "x" * (open_gateway.settings.max_body_bytes + 100_000)
    answer = json.dumps(
        {
            "model": "large-1",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 900_000, "total_tokens": 900_003},
        }
    ).encode()

    async def send(_: StreamReader, writer: StreamWriter) -> None:
        if is_chunked:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
            for start in range(0, len(answer), 50_000):
                piece = answer[start : start + 50_000]
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            writer.write(b"0\r\n\r\n")
        else:
            writer.write(response(answer, "content-type: application/json"))
        await writer.drain()

    async with vendor(send) as provider:
        got = await client.post("/v1/chat/completions", json={}, headers={"Weir-Target-URL": provider.url})
    assert got.content == answer
    record = open_gateway.record(got.headers["weir-request-id"])
    assert record.response_body_truncated
    assert (record.response_model, record.usage_source) == ("large-1", "reported")
    assert (record.input_tokens, record.output_tokens) == (3, 900_000)


@pytest.mark.parametrize("is_compressed", [False, True])
async def test_a_very_large_question_is_known_by_what_stands_around_its_messages(
    client: httpx.AsyncClient, open_gateway: RunningGateway, is_compressed: bool
):
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * (9 << 20)}}
    question = json.dumps({"stream": False, "messages": [{"role": "user", "content": [image]}], "model": "seeing-1"})
    sent = gzip.compress(question.encode(), 1) if is_compressed else question.encode()

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(b"{}", "content-type: application/json"))

    async with vendor(answer) as provider:
        headers = {"Weir-Target-URL": provider.url} | ({"content-encoding": "gzip"} if is_compressed else {})
        got = await client.post("/v1/chat/completions", content=sent, headers=headers)
        assert provider.bodies == [sent]
    record = open_gateway.record(got.headers["weir-request-id"])
    assert (record.request_model, record.is_stream, record.request_body_bytes) == ("seeing-1", False, len(question))
