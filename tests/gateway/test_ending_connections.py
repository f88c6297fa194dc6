"""When connections of clients end and when they go on: answers without a body, silence, and a server that stops."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn

from gateway.asgi import Receive, Scope, Send
from gateway.downstream.patience import USUAL, Limits
from gateway.server import server_of
from tests.gateway.test_client_connections import all_of, read_until
from tests.waiting import until

ECHO = b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
PING, PONG = b"GET /200 HTTP/1.1\r\nhost: x\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npong"
END = b"0\r\n\r\n"
IDLE_SECONDS = 0.3


@dataclass
class App:
    """Sends back each part of a body as it comes, or without end, or answers with the status that is the path."""

    asked: list[str] = field(default_factory=list)
    broken_off: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        self.asked.append(scope["path"])
        answer = {"/echo": self._echo, "/flood": self._flood}.get(scope["path"], self._say)
        await answer(scope, receive, send)

    async def _say(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = int(scope["path"].strip("/"))
        # What a 304 has is the length of the body that it spares.
        headers = [] if status == 204 else [(b"content-length", b"4")]
        body = b"pong" if status == 200 and scope["method"] != "HEAD" else b""
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _flood(self, _: Scope, receive: Receive, send: Send) -> None:
        """Sends as much as is taken, until the client leaves."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        leaving = asyncio.create_task(receive())
        while not leaving.done():
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            await asyncio.sleep(0)
        self.broken_off.append("client")

    async def _echo(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            more = True
            while more:
                message = await receive()
                more = message["more_body"]
                if message["body"] or not more:
                    await send({"type": "http.response.body", "body": message["body"], "more_body": more})
        except BaseException:
            self.broken_off.append("server")
            raise


@dataclass
class Serving:
    app: App
    server: uvicorn.Server
    address: tuple[str, int]
    thread: threading.Thread

    def connected(self) -> "closing[socket.socket]":
        return closing(socket.create_connection(self.address, timeout=10))

    def stop(self) -> None:
        """Returns when nobody is let in any more."""
        self.server.should_exit = True
        until(self._refuses)

    def _refuses(self) -> bool:
        try:
            socket.create_connection(self.address, timeout=10).close()
        except OSError:
            return True
        return False


@contextmanager
def serving(drain_seconds: int = 20, limits: Limits = USUAL) -> Iterator[Serving]:
    app = App()
    server = server_of(app, "127.0.0.1", 0, drain_seconds, limits)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield Serving(app, server, listener.getsockname(), thread)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Serving]:
    with serving() as started:
        yield started


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


@pytest.mark.parametrize(
    ("asked", "head"),
    [
        (b"HEAD /200", b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"),
        (b"GET /204", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (b"GET /304", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 4\r\n\r\n"),
        (b"HEAD /304", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 4\r\n\r\n"),
        (b"HEAD /204", b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
def test_after_an_answer_without_a_body_the_next_one_begins(served: Serving, asked: bytes, head: bytes):
    with served.connected() as connection:
        connection.sendall((asked + b" HTTP/1.1\r\nhost: x\r\n\r\n") * 2 + PING)
        assert read_until(connection, b"pong") == head * 2 + PONG


def test_requests_behind_a_stream_wait_for_its_end_and_are_answered_in_order(served: Serving):
    with served.connected() as connection:
        connection.sendall(ECHO + chunk(b"one"))
        read_until(connection, chunk(b"one"))
        connection.sendall(
            chunk(b"two") + END + PING + b"HEAD /200 HTTP/1.1\r\nhost: x\r\n\r\n" + ECHO + chunk(b"three")
        )
        came = read_until(connection, chunk(b"three"))
        connection.sendall(END)
        came += read_until(connection, END)
    two, pong, three = came.index(chunk(b"two") + END), came.index(PONG), came.index(chunk(b"three"))
    assert two < pong < three
    assert came.count(b"HTTP/1.1 200 OK") == 3


def test_who_leaves_before_its_turn_has_come_is_not_served(served: Serving):
    served.app.asked.clear()
    with served.connected() as connection:
        connection.sendall(b"GET /flood HTTP/1.1\r\nhost: x\r\n\r\n" + PING * 3)
        connection.recv(1)
    until(lambda: served.app.broken_off)
    assert served.app.asked == ["/flood"]
    assert served.app.broken_off == ["client"]


def test_a_connection_is_kept_for_the_next_request_but_not_for_ever():
    with serving(limits=Limits(keep_alive_seconds=IDLE_SECONDS)) as server, server.connected() as connection:
        for _ in range(3):
            connection.sendall(PING)
            assert read_until(connection, b"pong") == PONG
            time.sleep(IDLE_SECONDS / 3)
        connection.sendall(ECHO)
        read_until(connection, b"\r\n\r\n")
        time.sleep(IDLE_SECONDS * 1.5)
        connection.sendall(END)
        assert read_until(connection, END), "what is being answered is not idle"
        assert connection.recv(1) == b""


def test_a_server_that_stops_lets_streams_end_and_closes_what_is_idle():
    with serving() as server:
        with server.connected() as stream, server.connected() as idle, server.connected() as silent:
            stream.sendall(ECHO + chunk(b"one"))
            read_until(stream, chunk(b"one"))
            idle.sendall(PING)
            read_until(idle, b"pong")
            server.stop()
            assert idle.recv(1) == b""
            assert silent.recv(1) == b""
            stream.sendall(chunk(b"two"))
            assert read_until(stream, chunk(b"two")) == chunk(b"two")
            stream.sendall(END)
            assert all_of(stream) == END
        server.thread.join(20)
        assert not server.thread.is_alive()


def test_what_was_asked_before_a_server_stops_is_answered():
    with serving() as server, server.connected() as connection:
        connection.sendall(ECHO + chunk(b"one"))
        read_until(connection, chunk(b"one"))
        connection.sendall(END + PING * 3)
        read_until(connection, PONG)
        server.stop()
    assert server.app.asked == ["/echo", "/200", "/200", "/200"]


def test_a_stream_that_outlasts_the_patience_of_a_server_that_stops_is_cut_off():
    with serving(drain_seconds=1) as server, server.connected() as connection:
        connection.sendall(ECHO + chunk(b"one"))
        read_until(connection, chunk(b"one"))
        server.stop()
        assert all_of(connection) == b"", "the client sees that this was not the end"
        server.thread.join(20)
        assert not server.thread.is_alive()
    assert server.app.broken_off == ["server"]
