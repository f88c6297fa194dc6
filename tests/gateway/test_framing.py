"""Where a request ends is never a guess: what could be read in two ways is refused, and its connection closed."""

import socket
from contextlib import suppress

import pytest

from tests.gateway.test_client_connections import HEAD, address, all_of, connected, error_of, read_until

__all__ = ["address"]

NEXT = b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
UPGRADE = b"upgrade: h2c\r\ncontent-length: 3\r\n\r\nabc"


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
        HEAD + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"content-length: 3\r\ncontent-length: 3\r\n\r\nabc",
        HEAD + b"content-length: 3, 3\r\n\r\nabc",
        HEAD + b"content-length: +3\r\n\r\nabc",
        HEAD + b"content-length: -3\r\n\r\nabc",
        HEAD + b"content-length: 0x3\r\n\r\nabc",
        HEAD + b"content-length:\r\n\r\n",
        HEAD + b"content-length: 99999999999999999999999\r\n\r\nabc",
        HEAD + b"content-length : 3\r\n\r\nabc",
        HEAD + b"content-length: 1\r\n 3\r\n\r\nabc",
        HEAD + b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: identity\r\n\r\n",
        HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: identity\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
        HEAD + b'transfer-encoding: "chunked"\r\n\r\n0\r\n\r\n',
        HEAD + b"transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        b"POST /x HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"POST /x HTTP/1.1\nhost: x\ncontent-length: 3\n\nabc",
        HEAD + b"a: b\ncontent-length: 3\r\n\r\nabc",
        HEAD + b"a: b\rcontent-length: 3\r\n\r\nabc",
        HEAD + b"content-length: 3\r\n\nabc",
        HEAD + b"x: a\r\n b\r\n\r\n",
        HEAD + b"a b: c\r\n\r\n",
        HEAD + b": c\r\n\r\n",
        b"POST /x HTTP/1.1\r\n host: x\r\n\r\n",
        CHUNKED + b"3\nabc\n0\n\n",
        CHUNKED + b"3;a\nabc\r\n0\r\n\r\n",
        CHUNKED + b"3 \r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"2\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"3\r\nabc\r\n0\r\ncontent-length: 50\r\n\r\n",
        HEAD + b"connection: upgrade\r\ntransfer-encoding: chunked\r\n" + UPGRADE,
        b"GET /x HTTP/0.9\r\n\r\n",
        b"GET /x HTTP/2.0\r\nhost: x\r\n\r\n",
        b"GET /x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_and_nothing_after_it_is_heard(address: tuple[str, int], sent: bytes):
    with connected(address) as connection:
        connection.sendall(sent + NEXT)
        status, _ = error_of(all_of(connection))
    assert status == 400


@pytest.mark.parametrize("extension", [b"", b";a=b", b';a="b"'])
def test_a_chunked_body_with_extensions_and_trailers_is_read_to_its_end(address: tuple[str, int], extension: bytes):
    with connected(address) as connection:
        connection.sendall(CHUNKED + b"3%b\r\nabc\r\n2\r\nde\r\n0\r\nx-sum: 1\r\nx-api-key: 2\r\n\r\n" % extension)
        assert read_until(connection, b"bytes").endswith(b"5 bytes")
        connection.sendall(HEAD + b"connection: close\r\n\r\n")
        assert all_of(connection).endswith(b"0 bytes")


@pytest.mark.parametrize("header", [b"connection", b"proxy-connection"])
@pytest.mark.parametrize("wish", [b"upgrade", b"Upgrade, HTTP2-Settings", b"close, upgrade", b"upgrade,upgrade"])
def test_a_wish_for_another_protocol_is_passed_over_whoever_it_is_told_to(
    address: tuple[str, int], header: bytes, wish: bytes
):
    with connected(address) as connection:
        connection.sendall(HEAD + b"%b: %b\r\n" % (header, wish) + UPGRADE)
        answer = read_until(connection, b"bytes")
        assert answer.endswith(b"3 bytes")
        assert (b"connection: close" in answer) == (b"close" in wish)
        if b"close" in wish:
            assert all_of(connection) == b""
            return
        connection.sendall(HEAD + b"connection: close\r\n\r\n")
        assert all_of(connection).endswith(b"0 bytes")


def test_who_asks_for_a_tunnel_gets_none_and_nothing_after_it_is_a_request(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(b"CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n" + NEXT)
        assert all_of(connection).count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("bad", [b"NONSENSE\r\n\r\n", b"GET http://a HTTP/1.1\r\nhost: x\r\n\r\n", CHUNKED + b"zz\r\n"])
def test_a_bad_request_behind_good_ones_costs_them_nothing(address: tuple[str, int], bad: bytes):
    with connected(address) as connection:
        connection.sendall((HEAD + b"content-length: 3\r\n\r\nabc") * 3 + bad)
        answer = all_of(connection)
    assert answer.count(b"3 bytes") == 3
    assert answer.count(b"HTTP/1.1 ") == 3


def test_of_many_requests_in_a_row_some_are_answered_and_the_connection_is_closed(address: tuple[str, int]):
    with connected(address) as connection:
        with suppress(ConnectionError):
            connection.sendall(HEAD.replace(b"POST", b"GET") + b"\r\n" + NEXT * 10_000)
        answer = all_of(connection)
    assert 0 < answer.count(b"HTTP/1.1 200") <= 100
    assert answer.endswith(b"0 bytes")


def test_a_body_that_was_never_asked_for_leaves_no_connection_to_be_misread(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(b"POST /early HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 30\r\n\r\n")
        answer = read_until(connection, b"bytes")
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answer
        with suppress(ConnectionError):
            connection.sendall(NEXT)
        assert all_of(connection) == b""


def test_a_connection_goes_on_after_a_body_that_was_asked_for(address: tuple[str, int]):
    with connected(address) as connection:
        for _ in range(3):
            connection.sendall(HEAD + b"expect: 100-continue\r\ncontent-length: 3\r\n\r\n")
            assert read_until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"abc")
            assert read_until(connection, b"bytes").endswith(b"3 bytes")


def test_a_client_of_http_1_0_is_told_no_interim_answer(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(b"POST /x HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n")
        connection.sendall(b"abc")
        assert all_of(connection).startswith(b"HTTP/1.1 200")


def test_a_client_that_shuts_its_sending_side_is_taken_for_one_that_left(address: tuple[str, int]):
    with connected(address) as connection:
        connection.sendall(HEAD + b"content-length: 30\r\n\r\nabc")
        connection.shutdown(socket.SHUT_WR)
        assert all_of(connection) == b""
