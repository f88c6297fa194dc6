"""The client towards providers, against servers that send exactly what a test wants."""

import asyncio
import socket
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import BadUpstream, Unreachable, UpstreamDisconnected, UpstreamError, UpstreamTimeout
from gateway.upstream.client import Upstream
from gateway.upstream.response import UpstreamResponse

Answer = Callable[[StreamReader, StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Server:
    """A server that answers each request on a connection by the next of its answers."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.requests: list[bytes] = []
        self.ended = asyncio.Event()
        """Set when a client has closed a connection."""


@asynccontextmanager
async def serving(*answers: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """The n-th request gets the n-th answer, later ones the last; None hangs up instead."""
    server = Server()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        server.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                body = await reader.readexactly(int(length or b"0"))
                server.requests.append(head + body)
                answer = answers[min(len(server.requests), len(answers)) - 1]
                if answer is None:
                    return
                writer.write(answer)
                if b"connection: close" in answer:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            server.ended.set()
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


@asynccontextmanager
async def speaking(answer: Answer) -> AsyncIterator[int]:
    """A server that lets `answer` do what it wants with a connection; gives its port."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    made = Upstream(is_trusted=lambda host, port: True, read_timeout_seconds=5)
    yield made
    await made.close()


async def ask(upstream: Upstream, port: int, method: str = "POST", body: bytes = b"{}") -> UpstreamResponse:
    return await upstream.send(method, f"http://127.0.0.1:{port}/v1/x?y=z", [("a", "b")], body, "the-provider")


async def whole(response: UpstreamResponse) -> bytes:
    pieces = []
    while piece := await response.read():
        pieces.append(piece)
    return b"".join(pieces)


async def test_a_request_is_written_as_it_was_given(upstream: Upstream):
    async with serving(OK) as server:
        assert await whole(await ask(upstream, server.port)) == b"ok"
        await whole(await ask(upstream, server.port, "GET", b""))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    host = b"127.0.0.1:%d" % server.port
    assert head == b"POST /v1/x?y=z HTTP/1.1\r\nHost: " + host + b"\r\na: b\r\nContent-Length: 2"
    assert body == b"{}"
    assert b"content-length" not in server.requests[1].lower()


async def test_a_connection_is_used_again_after_a_whole_response(upstream: Upstream):
    async with serving(OK) as server:
        for _ in range(3):
            response = await ask(upstream, server.port)
            assert await whole(response) == b"ok"
            assert response.is_complete
            response.close()
    assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\ntrailer: x\r\n\r\n",
            b"abc",
        ),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nold", b"old"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok", b"ok"),
    ],
)
async def test_bodies_end_where_http_says(upstream: Upstream, answer: bytes, body: bytes):
    async with serving(answer) as server:
        for _ in range(2):
            assert await whole(await ask(upstream, server.port)) == body


async def test_a_head_requests_answer_has_no_body(upstream: Upstream):
    async with serving(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n") as server:
        response = await ask(upstream, server.port, "HEAD", b"")
        assert await whole(response) == b""
        assert dict(response.headers)[b"content-length"] == b"1000"


async def test_bytes_come_as_they_arrive_and_those_that_wait_come_at_once(upstream: Upstream):
    go_on = asyncio.Event()

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n")
        await go_on.wait()
        writer.write(b"1\r\nb\r\n1\r\nc\r\n0\r\n\r\n")

    async with speaking(answer) as port:
        response = await ask(upstream, port)
        assert await response.read() == b"a"
        assert not response.is_complete
        go_on.set()
        assert await response.read() == b"bc"
        assert response.is_complete


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 300 + b"content-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
    ],
)
async def test_what_is_no_response_is_said_to_be_none(upstream: Upstream, answer: bytes):
    async with serving(answer) as server:
        with pytest.raises(BadUpstream, match="the-provider"):
            await whole(await ask(upstream, server.port))


@pytest.mark.parametrize(
    ("answer", "arrived"),
    [
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\nshort", b"short"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n", b"short"),
    ],
)
async def test_a_body_that_stays_short_is_an_error_after_what_came(upstream: Upstream, answer: bytes, arrived: bytes):
    async with serving(answer) as server:
        response = await ask(upstream, server.port)
        assert await response.read() == arrived
        with pytest.raises(UpstreamDisconnected):
            await response.read()
        assert not response.is_complete


async def test_garbage_between_chunks_is_an_error(upstream: Upstream):
    async with serving(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n") as server:
        with pytest.raises(BadUpstream):
            await whole(await ask(upstream, server.port))


async def test_what_follows_a_response_unasked_is_never_taken_for_the_next(upstream: Upstream):
    smuggled = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled"
    async with serving(OK + smuggled, OK) as server:
        assert await whole(await ask(upstream, server.port)) == b"ok"
        assert await whole(await ask(upstream, server.port)) == b"ok"
    assert server.connections == 2


async def test_a_connection_that_ended_while_idle_is_not_used(upstream: Upstream):
    async with serving(OK + b"", b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok") as server:
        for _ in range(4):
            assert await whole(await ask(upstream, server.port)) == b"ok"
    assert len(server.requests) == 4


async def test_only_what_may_be_repeated_is_sent_a_second_time(upstream: Upstream):
    async with serving(OK, None, OK) as server:
        await whole(await ask(upstream, server.port, "GET", b""))
        assert await whole(await ask(upstream, server.port, "GET", b"")) == b"ok"
    assert len(server.requests) == 3
    async with serving(OK, None, OK) as server:
        await whole(await ask(upstream, server.port))
        with pytest.raises(UpstreamDisconnected):
            await ask(upstream, server.port)
    assert len(server.requests) == 2, "the provider may have billed the second call"
    async with serving(None, OK) as server:
        with pytest.raises(UpstreamDisconnected):
            await ask(upstream, server.port, "GET", b"")
    assert len(server.requests) == 1, "a new connection that ends is the provider's answer"


async def test_leaving_a_response_cuts_its_connection(upstream: Upstream):
    async with serving(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort") as server:
        response = await ask(upstream, server.port)
        response.close()
        await asyncio.wait_for(server.ended.wait(), 10)


async def test_a_call_that_is_cancelled_cuts_its_connection(upstream: Upstream):
    asked = asyncio.Event()
    left = asyncio.Event()

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"{}")
        asked.set()
        await reader.read()
        left.set()

    async with speaking(answer) as port:
        asking = asyncio.create_task(ask(upstream, port))
        await asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(left.wait(), 10)


async def test_a_large_body_goes_out_and_comes_back_whole(upstream: Upstream):
    large = bytes(range(256)) * 20_000

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(len(large))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    async with speaking(answer) as port:
        assert await whole(await ask(upstream, port, body=large)) == large


async def test_a_provider_that_answers_before_it_has_heard_all_is_heard(upstream: Upstream):
    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno")
        await writer.drain()
        await reader.read()

    async with speaking(answer) as port:
        response = await ask(upstream, port, body=b"x" * (32 << 20))
        assert (response.status, await whole(response)) == (413, b"no")


async def test_a_slow_reader_slows_the_provider(upstream: Upstream):
    size = 64 << 20
    sent = 0

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
        piece = b"x" * (1 << 20)
        for _ in range(size >> 20):
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    async with speaking(answer) as port:
        response = await ask(upstream, port)
        before = -1
        while sent > before:
            before = sent
            await asyncio.sleep(0.1)
        assert sent < size / 2, "what nobody reads stays with the provider"
        received = 0
        while piece := await response.read():
            assert len(piece) < 2 << 20
            received += len(piece)
        assert received == size


async def test_a_connection_read_slowly_to_its_end_carries_the_next_call(upstream: Upstream):
    body = b"x" * 3_000_000
    async with serving(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body) as server:
        for _ in range(3):
            response = await ask(upstream, server.port)
            await asyncio.sleep(0)
            assert await whole(response) == body
    assert server.connections == 1


async def test_silence_is_a_timeout():
    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort")
        await reader.read()

    upstream = Upstream(is_trusted=lambda host, port: True, read_timeout_seconds=0.1)
    async with speaking(answer) as port:
        response = await ask(upstream, port)
        assert await response.read() == b"short"
        with pytest.raises(UpstreamTimeout, match="the-provider stayed silent"):
            await response.read()
    await upstream.close()


async def test_a_refused_connection_is_named(upstream: Upstream):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="the-provider"):
        await ask(upstream, port)


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/a b", []), ("/a\r\nx: y", []), ("/", [("a", "b\r\nc: d")]), ("/", [("a\n", "b")]), ("/", [("a", "b\0")])],
)
async def test_nothing_ends_a_line_of_the_request(upstream: Upstream, path: str, headers: list[tuple[str, str]]):
    async with serving(OK) as server:
        with pytest.raises(UpstreamError):
            await upstream.send("POST", f"http://127.0.0.1:{server.port}{path}", headers, b"", "the-provider")
    assert server.connections == 0


def _certificate(directory: Path, name: str) -> Path:
    """Makes a certificate that signs itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = directory / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("is_known", [True, False])
async def test_tls_asks_for_the_hosts_own_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool):
    path = _certificate(tmp_path, "localhost" if is_known else "elsewhere.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(path)
    upstream = Upstream(is_trusted=lambda host, port: True)
    async with serving(OK, tls=tls) as server:
        url = f"https://localhost:{server.port}/"
        if is_known:
            for _ in range(2):
                assert await whole(await upstream.send("POST", url, [], b"", "the-provider")) == b"ok"
            assert server.connections == 1
        else:
            with pytest.raises(Unreachable, match="the-provider"):
                await upstream.send("POST", url, [], b"", "the-provider")
            assert server.requests == []
        await upstream.close()
