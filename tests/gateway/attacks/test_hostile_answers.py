"""Answers made to be mistaken: for another call's, for longer or shorter than they are, or as something without end."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator

import pytest

from gateway.errors import BadUpstream, UpstreamDisconnected, UpstreamError
from gateway.upstream.client import Upstream
from tests.gateway.test_upstream_client import OK, ask, serving, speaking, whole

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
EVIL = b"HTTP/1.1 500 Evil\r\nx-evil: 1\r\ncontent-length: 4\r\n\r\nevil"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    made = Upstream(is_trusted=lambda host, port: True, read_timeout_seconds=5)
    yield made
    await made.close()


@pytest.mark.parametrize(
    "answer",
    [
        CHUNKED + b"content-encoding: gzip\r\nx-evil: 1\r\nset-cookie: a=b\r\n\r\n",
        OK + EVIL,
        OK + b"HTTP/1.1 500 Evil\r\nx-evil: 1\r\n",
        CHUNKED + b"\r\n" + EVIL,
    ],
)
async def test_nothing_behind_a_response_becomes_a_header_of_it(upstream: Upstream, answer: bytes):
    async with serving(answer, OK) as server:
        response = await ask(upstream, server.port)
        assert await whole(response) == b"ok"
        names = [name for name, _ in response.headers]
        assert names in ([b"content-length"], [b"transfer-encoding"])
        assert await whole(await ask(upstream, server.port)) == b"ok"


@pytest.mark.parametrize(
    "tail",
    [
        b"x: " + b"y" * 400_000,
        b"x: y\r\n" * 50_000,
    ],
)
async def test_trailers_have_an_end(upstream: Upstream, tail: bytes):
    async with serving(CHUNKED + tail) as server:
        with pytest.raises(BadUpstream):
            await whole(await ask(upstream, server.port))


async def test_so_does_what_follows_the_size_of_a_chunk(upstream: Upstream):
    endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x=" + b"y" * 400_000
    async with serving(endless) as server:
        with pytest.raises(BadUpstream):
            await whole(await ask(upstream, server.port))


async def test_a_body_in_small_chunks_may_be_as_long_as_it_likes(upstream: Upstream):
    chunks = b"".join(b"%x;%s\r\n%s\r\n" % (8, b"e" * 64, b"12345678") for _ in range(20_000))
    async with serving(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n") as server:
        assert len(await whole(await ask(upstream, server.port))) == 160_000


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 103 Early\r\ncontent-length: 5\r\n\r\nHELLO" + OK,
        b"HTTP/1.1 103 Early\r\ntransfer-encoding: chunked\r\n\r\n5\r\nHELLO\r\n0\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nx-a: 1\r\n folded: 2\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx-a: 1\rx-b: 2\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx-a: 1\0\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 0x2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length : 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551618\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\ncontent-length: 2\r\n\r\nok" + EVIL,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10000000000000002\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\nok\n0\n\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nokk\r\n0\r\n\r\n",
        b"HTTP/1.1 1000 Odd\r\ncontent-length: 2\r\n\r\nok",
    ],
)
async def test_what_can_be_read_in_two_ways_is_not_read_at_all(upstream: Upstream, answer: bytes):
    """And whatever came of it, its connection carries no other call."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(answer)
        writer.write_eof()
        await reader.read()

    async with speaking(serve) as port:
        for _ in range(2):
            with pytest.raises((BadUpstream, UpstreamDisconnected)):
                await whole(await ask(upstream, port))


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 204 None\r\ncontent-length: 4\r\n\r\n",
        b"HTTP/1.1 204 None\r\ntransfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 304 Same\r\ncontent-length: 4\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n\r\n\r\n",
    ],
)
@pytest.mark.parametrize("comes_late", [False, True])
async def test_bytes_behind_a_response_are_nobodys_answer(upstream: Upstream, head: bytes, comes_late: bool):
    """Whether they come with it or once the connection is idle; each call says who it is, each answer to whom."""
    sent = asyncio.Event()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            request = await reader.readuntil(b"{}")
            if b"/poison" not in request:
                name = request.split()[1]
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(name), name))
                continue
            writer.write(head if comes_late else head + EVIL)
            if comes_late:
                await asyncio.sleep(0)
                await writer.drain()
                writer.write(EVIL)
            await writer.drain()
            sent.set()

    async with speaking(serve) as port:
        for name in ("/one", "/two", "/three"):
            sent.clear()
            poisoned = await upstream.send("POST", f"http://127.0.0.1:{port}/poison", [], b"{}", "p")
            poisoned_status = poisoned.status
            await sent.wait()
            try:
                await whole(poisoned)
            except UpstreamError:
                pass
            finally:
                poisoned.close()
            assert poisoned_status < 500
            response = await upstream.send("POST", f"http://127.0.0.1:{port}{name}", [], b"{}", "p")
            assert (response.status, await whole(response)) == (200, name.encode())


async def test_calls_that_are_left_at_any_point_never_leave_their_answer_to_the_next(upstream: Upstream):
    """Many callers at once on few connections, most of which leave early: whoever stays gets its own answer."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            request = await reader.readuntil(b"{}")
            name = request.split()[1]
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            for _ in range(4):
                await asyncio.sleep(0.001)
                writer.write(b"%x\r\n%s\r\n" % (len(name), name))
                await writer.drain()
            writer.write(b"0\r\n\r\n")

    async def call(port: int, number: int) -> None:
        async with asyncio.timeout((number % 9) / 1000 if number % 3 else 10):
            response = await upstream.send("POST", f"http://127.0.0.1:{port}/{number}", [], b"{}", "p")
            try:
                assert await whole(response) == b"/%d" % number * 4
            finally:
                response.close()

    async with speaking(serve) as port:
        for start in range(0, 300, 30):
            calls = (call(port, number) for number in range(start, start + 30))
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
            assert {type(each) for each in outcomes} <= {type(None), TimeoutError}
            assert all(each is None for each in outcomes[::3])
