"""What the gateway's HTTP takes from a client that sends too much, too slowly, or nonsense: told over raw sockets."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from gateway.asgi import Receive, Scope, Send
from gateway.downstream.patience import Limits
from gateway.downstream.request_head import MOST_HEADERS
from gateway.server import server_of

HEAD = b"POST /anthropic/v1/messages HTTP/1.1\r\nhost: x\r\n"
SECONDS = 0.3


async def measure(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the number of bytes of the body, or at once where the path is `/early`."""
    size, more = 0, scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
    body = b"%d bytes" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        return await measure(scope, receive, send)
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return None


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    server = server_of(app, "127.0.0.1", 0, 1, Limits(head_seconds=SECONDS, body_seconds=SECONDS))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    yield listener.getsockname()
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


@contextmanager
def connected(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=10) as connection:
        yield connection


def all_of(connection: socket.socket) -> bytes:
    """Reads until the server closes."""
    answer = b""
    with suppress(ConnectionError):
        while data := connection.recv(65536):
            answer += data
    return answer


def read_until(connection: socket.socket, end: bytes) -> bytes:
    came = b""
    while not came.endswith(end):
        data = connection.recv(65536)
        assert data, came
        came += data
    return came


def error_of(answer: bytes) -> tuple[int, dict[str, object]]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in head
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (HEAD + b"x: " + b"a" * 100_000, 431),
        (HEAD + b"x: " + b"a" * 10_000_000, 431),
        (HEAD + b"x: y\r\n" * 100_000, 431),
        (HEAD + b"x: y\r\n" * (MOST_HEADERS + 1) + b"content-length: 5\r\n\r\nhello", 431),
        (HEAD + b"x" * 70_000 + b": a\r\n\r\n", 431),
        (HEAD + b"x-api-key: a\nb: c\r\0\r\n\r\n", 400),
        (HEAD + b"x: a\x01b\r\n\r\n", 400),
        (HEAD + b"content-length: 3\r\ncontent-length: 4\r\n\r\nabc", 400),
        (HEAD + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (HEAD + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        (HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 400),
    ],
)
def test_it_is_refused_in_the_callers_dialect(address: tuple[str, int], head: bytes, status: int):
    with connected(address) as connection:
        connection.sendall(head)
        answer = all_of(connection)
    found, body = error_of(answer)
    assert found == status
    assert body["type"] == "error"


def test_a_path_without_end_is_refused(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(b"GET /" + b"a" * 1_000_000)
        assert error_of(all_of(connection))[0] == 431


def test_as_many_headers_as_anybody_needs_are_taken(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(HEAD + b"x: y\r\n" * 200 + b"connection: close\r\n\r\n")
        assert all_of(connection).endswith(b"0 bytes")


@pytest.mark.parametrize(
    "sent", [HEAD, b"P", HEAD + b"content-length: 10\r\n\r\nabc", HEAD + b"content-length: 1\r\n\r\n"]
)
def test_who_stops_in_the_middle_is_told_so(address: tuple[str, int], sent: bytes):
    with connected(address) as connection:
        connection.sendall(sent)
        assert error_of(all_of(connection))[0] == 408


def test_who_says_nothing_at_all_is_let_go(address: tuple[str, int]):
    with connected(address) as connection:
        assert all_of(connection) == b""


def test_a_head_that_comes_drop_by_drop_ends(address: tuple[str, int]):
    began = time.monotonic()
    with connected(address) as connection, suppress(ConnectionError):
        connection.sendall(HEAD)
        while time.monotonic() - began < 10:
            connection.sendall(b"x: y\r\n")
            connection.settimeout(SECONDS / 6)
            with suppress(TimeoutError):
                assert connection.recv(100).startswith(b"HTTP/1.1 408")
                return
    raise AssertionError("it was let go on")


def test_a_body_may_take_its_time_as_long_as_it_comes(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(HEAD + b"connection: close\r\ncontent-length: 12\r\n\r\n")
        for _ in range(12):
            connection.sendall(b"a")
            time.sleep(SECONDS / 4)
        assert all_of(connection).endswith(b"12 bytes")


def test_a_second_request_may_take_its_time_too(address: tuple[str, int]):
    with connected(address) as connection:
        for _ in range(2):
            connection.sendall(HEAD + b"content-length: 3\r\n\r\nabc")
            assert read_until(connection, b"bytes").endswith(b"3 bytes")
            time.sleep(SECONDS * 1.5)
        connection.sendall(HEAD)
        assert error_of(all_of(connection))[0] == 408


def test_requests_in_one_go_are_all_answered(address: tuple[str, int]):
    with connected(address) as connection:
        once = HEAD + b"content-length: 3\r\n\r\nabc"
        connection.sendall(once * 20 + HEAD + b"connection: close\r\n\r\n")
        answer = all_of(connection)
    assert answer.count(b"3 bytes") == 20
    assert answer.endswith(b"0 bytes")


def test_nothing_is_said_into_the_middle_of_an_answer(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(HEAD + b"content-length: 3\r\n\r\nabc" + b"NONSENSE\r\n\r\n")
        answer = all_of(connection)
    assert answer.count(b"HTTP/1.1") <= 2
    assert b"HTTP/1.1 4" not in answer.partition(b"3 bytes")[0]


def test_a_body_nobody_reads_is_not_waited_for_without_end(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc")
        answer = all_of(connection)
    assert answer.endswith(b"0 bytes")


def test_a_client_that_waits_to_be_told_is_told_to_send_its_body(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(HEAD + b"expect: 100-continue\r\nconnection: close\r\ncontent-length: 3\r\n\r\n")
        assert read_until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert all_of(connection).endswith(b"3 bytes")


def test_a_connection_of_http_1_0_ends_with_its_answer(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(b"POST /x HTTP/1.0\r\ncontent-length: 3\r\n\r\nabc")
        answer = all_of(connection)
    assert b"connection: close" in answer
    assert answer.endswith(b"3 bytes")


def test_a_body_larger_than_what_is_held_comes_whole(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(HEAD + b"connection: close\r\ncontent-length: 3000000\r\n\r\n" + b"a" * 3_000_000)
        assert all_of(connection).endswith(b"3000000 bytes")


def test_what_asks_for_another_protocol_is_answered_in_this_one(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(HEAD + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 3\r\n\r\nabc")
        assert read_until(connection, b"bytes").endswith(b"3 bytes")
