"""Streams that no provider would send: the client gets the very bytes, and the call is a row."""

import asyncio

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.running import RunningGateway
from tests.gateway.vendor import chunk, stream_head, vendor

PIECES = st.one_of(
    st.binary(min_size=1, max_size=200),
    st.sampled_from(
        [
            *(
                b"data: ",
                b"data: {}\n\n",
                b"data: [DONE]\n\n",
                b"event: message_stop\ndata: {}\n\n",
                b"\r\n\r\n",
                b":\n\n",
            ),
            *(b'data: {"choices":[]}\n\n', b'data: {"choices":[{"delta":null}]}\n\n', b'data: {"usage":{"x":1}}\n\n'),
            *(
                b'data: {"usage":{"prompt_tokens":"many","completion_tokens":-1}}\n\n',
                b"data: " + b"[" * 5000 + b"\n\n",
            ),
            *(b'data: {"type":"message_delta","usage":{"output_tokens":1e400}}\n\n', b"data: null\n\n", b"id\n\n"),
            *(b'data: {"candidates":[{"content":{"parts":[{"text":7}]}}]}\n\n', b"\xef\xbb\xbf", b"\xff\xfe\x00"),
            *(b'data: {"type":"response.completed","response":[]}\n\n', b"data: " + b"x" * 70_000),
        ]
    ),
)
PATHS = ["/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1beta/models/m:streamGenerateContent", "/v2/chat"]


@pytest.mark.parametrize("path", PATHS)
def test_odd_streams_pass_byte_by_byte(open_gateway: RunningGateway, path: str):
    @given(pieces=st.lists(PIECES, min_size=1, max_size=8))
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def streamed(pieces: list[bytes]) -> None:
        request_id, received = asyncio.run(_received(open_gateway, path, pieces))
        assert received == b"".join(pieces)
        record = open_gateway.record(request_id)
        assert (record.status_code, record.is_stream) == (200, True)

    streamed()


async def _received(gateway: RunningGateway, path: str, pieces: list[bytes]) -> tuple[str, bytes]:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(stream_head())
        for piece in pieces:
            writer.write(chunk(piece))
            await writer.drain()
        writer.write(chunk(b""))
        await writer.drain()

    async with vendor(answer) as made, httpx.AsyncClient(timeout=20) as client:
        headers = gateway.auth | {"Weir-Target-URL": made.url, "Weir-Stream-Usage": "false"}
        body = {"model": "m", "stream": True, "messages": []}
        response = await client.post(gateway.url + path, headers=headers, json=body)
        return response.headers["weir-request-id"], response.content
