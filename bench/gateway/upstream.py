"""The provider behind every gateway that is measured: the cheapest server that still speaks HTTP as providers do.

    python -m bench.gateway.upstream --port 9100

The model asked for decides the answer: `bench-plain` is a body of 626 bytes, `bench-burst` a stream of 60 chunks
written at once, `bench-paced` the same stream with its first chunk after 50 ms and one more each 20 ms.
"""

import argparse
import asyncio
import json
from typing import cast

import uvloop

CHUNKS = 60
FIRST_CHUNK_SECONDS = 0.05
CHUNK_SECONDS = 0.02

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length: "
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
    b"x-request-id: req_0123456789abcdef\r\ntransfer-encoding: chunked\r\n\r\n"
)
_LAST = b"0\r\n\r\n"


def _plain_answer() -> bytes:
    answer = {
        "id": "chatcmpl-0123456789abcdefghijklmnop",
        "object": "chat.completion",
        "created": 1760000000,
        "model": "bench-plain",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "", "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 19,
            "completion_tokens": 60,
            "total_tokens": 79,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "service_tier": "default",
    }
    answer["choices"][0]["message"]["content"] = "x" * (626 - len(json.dumps(answer)))  # type: ignore[index]
    body = json.dumps(answer).encode()
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_0123456789abcdef\r\n"
        f"openai-processing-ms: 5\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _event(choices: list[object], usage: object = None) -> bytes:
    chunk = {
        "id": "chatcmpl-0123456789abcdefghijklmnop",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": "bench-stream",
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
        "choices": choices,
        "usage": usage,
        "obfuscation": "x" * 20,
    }
    return _framed(b"data: " + json.dumps(chunk).encode() + b"\n\n")


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


_PLAIN = _plain_answer()
_CONTENT = _event([{"index": 0, "delta": {"content": " word"}, "logprobs": None, "finish_reason": None}])
_END = _event([{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}])
_USAGE = _event([], {"prompt_tokens": 19, "completion_tokens": 60, "total_tokens": 79})
_DONE = _framed(b"data: [DONE]\n\n")


class Upstream(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._received = b""
        self._pending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._pending is not None:
            self._pending.cancel()

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data if self._received else data
        end = received.find(_END_OF_HEAD)
        if end < 0:
            return
        head = received[:end].lower()
        start = head.find(_LENGTH)
        length = int(head[start + len(_LENGTH) :].partition(b"\r\n")[0]) if start >= 0 else 0
        if len(received) < end + len(_END_OF_HEAD) + length:
            return
        self._received = b""
        self._answer(received[end:])

    def _answer(self, body: bytes) -> None:
        ending = [_END, _USAGE, _DONE, _LAST] if b'"include_usage"' in body else [_END, _DONE, _LAST]
        if b"bench-burst" in body:
            self._transport.write(b"".join([_STREAM_HEAD, *[_CONTENT] * CHUNKS, *ending]))
        elif b"bench-paced" in body:
            self._transport.write(_STREAM_HEAD)
            self._pace(CHUNKS, b"".join(ending), self._loop.time() + FIRST_CHUNK_SECONDS)
        else:
            self._transport.write(_PLAIN)

    def _pace(self, left: int, ending: bytes, at: float) -> None:
        self._pending = self._loop.call_at(at, self._write_paced, left, ending, at)

    def _write_paced(self, left: int, ending: bytes, at: float) -> None:
        if left == 1:
            self._transport.write(_CONTENT + ending)
        else:
            self._transport.write(_CONTENT)
            self._pace(left - 1, ending, at + CHUNK_SECONDS)


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(loop), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description="The provider that the benchmark's gateways stand in front of.")
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
