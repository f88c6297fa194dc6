"""Whatever comes in is answered with a clear 4xx, never with a 5xx."""

import socket
from contextlib import suppress
from uuid import UUID

import httpx
import pytest

from tests.gateway.running import Accounts, RunningGateway, running_gateway

URL = "/demo/v1/chat/completions"
BODY = {"model": "demo-small", "messages": []}


def raw(gateway: RunningGateway, request: bytes) -> bytes:
    """Sends bytes and returns the status line and what follows, or nothing if the connection was just closed.

    The request must be one after which the gateway closes.
    """
    with socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2])), timeout=10) as connection:
        answer = b""
        # The gateway may have seen enough before everything was sent.
        with suppress(OSError):
            connection.sendall(request)
        with suppress(OSError):
            while data := connection.recv(65536):
                answer += data
        return answer


@pytest.mark.parametrize(
    "lines",
    [
        [b"GARBAGE"],
        [b"POST " + URL.encode() + b" HTTP/1.1", b"content-length: 2", b"content-length: 3"],
        [b"POST " + URL.encode() + b" HTTP/1.1", b"content-length: -1"],
        [b"POST " + URL.encode() + b" HTTP/1.1", b"content-length: x"],
        [b"POST " + URL.encode() + b" HTTP/1.1", b"content-length: 2", b"transfer-encoding: chunked"],
        [b"GET /a b HTTP/1.1"],
        [b"GET /\xff\xfe HTTP/1.1"],
        [b"GET / HTTP/1.1", b"bad header: x"],
        [b"GET / HTTP/1.1", b"x: a\x00b"],
        [b"GET / HTTP/1.1", b" folded: x"],
        [b"BREW / HTTP/1.1"],
        [b"CONNECT example.com:443 HTTP/1.1"],
        [b"TRACE /openai/v1/models HTTP/1.1"],
        [b"GET / HTTP/9.9"],
        [b"OPTIONS * HTTP/1.1"],
        [b"POST " + URL.encode() + b" HTTP/1.1", b"authorization: Bearer a", b"Authorization: Bearer b"],
        [b"POST " + URL.encode() + b" HTTP/1.1", b"x-api-key: a", b"x-api-key: a"],
        [b"POST " + URL.encode() + b" HTTP/1.1", b"weir-auth: sk-weir-x"],
        [b"POST " + URL.encode() + b" HTTP/1.1", b"xi-api-key: a", b"XI-API-KEY: b"],
        [
            b"POST " + URL.encode() + b" HTTP/1.1",
            b"weir-host-resource: a",
            b"helicone-openai-api-base: https://evil.test",
        ],
        [b"POST " + URL.encode() + b" HTTP/1.1", b"weir-user-id: a\rweir-auth: b"],
        [b"POST " + URL.encode() + b" HTTP/1.1", b"x: " + b"a" * 70_000],
        [b"GET *@127.0.0.1/ HTTP/1.1", b"weir-target-url: https://api.openai.com"],
    ],
)
def test_bad_heads(gateway: RunningGateway, lines: list[bytes]):
    key = b"weir-auth: " + gateway.accounts.key.encode()
    request = b"\r\n".join([lines[0], b"host: x", b"connection: close", *lines[1:], key, b"", b""])
    answer = raw(gateway, request)
    assert answer.startswith(b"HTTP/1.1 4"), answer[:200]


@pytest.mark.parametrize("size", [100_000, 10_000_000])
def test_a_huge_header_is_refused(gateway: RunningGateway, size: int):
    answer = raw(gateway, b"POST " + URL.encode() + b" HTTP/1.1\r\nhost: x\r\nhelicone-user-id: " + b"a" * size)
    assert answer.startswith(b"HTTP/1.1 431")
    assert b"larger than 64 KB" in answer


@pytest.mark.parametrize("flood", [b"x: " + b"a" * 10_000_000, b"x: y\r\n" * 2_000_000])
def test_trailers_that_do_not_end_are_cut_off(gateway: RunningGateway, flood: bytes):
    head = b"POST " + URL.encode() + b" HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    address = ("127.0.0.1", int(gateway.url.rpartition(":")[2]))
    with pytest.raises(ConnectionError), socket.create_connection(address, timeout=10) as connection:
        connection.sendall(head + b"0\r\n" + flood)


def test_a_header_may_hold_any_text(gateway: RunningGateway):
    headers = [(b"weir-auth", gateway.accounts.key.encode()), (b"weir-property-city", "Zürich".encode("latin-1"))]
    answer = httpx.post(gateway.url + URL, json=BODY, headers=headers)
    [city] = gateway.record(answer.headers["weir-request-id"]).properties
    assert city.value == "Zürich"


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"weir-request-id": "42"}, "Weir-Request-Id"),
        ({"helicone-request-id": "{00000000-0000-4000-8000-000000000000}"}, "Helicone-Request-Id"),
        ({"helicone-omit-request": "yes"}, "Weir-Omit-Request"),
        ({"weir-stream-usage": "0"}, "Weir-Stream-Usage"),
    ],
)
def test_a_header_that_cannot_be_meant_is_named(gateway: RunningGateway, headers: dict[str, str], named: str):
    answer = httpx.post(gateway.url + URL, json=BODY, headers={**gateway.auth, **headers})
    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]


def test_a_request_id_of_the_callers_is_kept(gateway: RunningGateway):
    given = "A0B1C2D3-0000-4000-8000-0123456789AB"
    answer = httpx.post(gateway.url + URL, json=BODY, headers={**gateway.auth, "Helicone-Request-Id": given})
    record = gateway.record(given.lower())
    assert answer.headers["helicone-id"] == given.lower()
    assert record.request_id == UUID(given)
    assert record.request_id_given


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"model": 7}', b"[" * 100_000])
def test_a_body_that_is_no_request_goes_to_the_provider_who_says_so(gateway: RunningGateway, content: bytes):
    answer = httpx.post(
        gateway.url + URL, content=content, headers={**gateway.auth, "content-type": "application/json"}
    )
    record = gateway.record(answer.headers["weir-request-id"])
    assert answer.status_code == 400
    assert (record.status_code, record.request_model) == (400, None)
    assert record.request_body_bytes == len(content)


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused_and_is_a_row(
    accounts: Accounts, upstreams: dict[str, str], tmp_path, announced: bool
):
    with running_gateway(tmp_path, accounts, upstreams=upstreams, max_request_bytes=1000) as small:
        content = b"x" * 2000
        answer = httpx.post(
            small.url + URL, content=content if announced else iter([content[:900], content[900:]]), headers=small.auth
        )
        record = small.record(answer.headers["weir-request-id"])
    assert answer.status_code == 413
    assert "WEIR_MAX_REQUEST_BYTES" in answer.json()["error"]["message"]
    assert (record.status_code, record.error_type, record.attempts) == (413, "request_too_large", [])


def test_websockets_are_refused(gateway: RunningGateway):
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-key": "x", "sec-websocket-version": "13"}
    answer = httpx.get(gateway.url + "/openai/v1/realtime?model=m", headers={**gateway.auth, **upgrade})
    assert answer.status_code == 400


@pytest.mark.parametrize("hyphen", ["-", "%2d", "%2D"])
@pytest.mark.parametrize("place", ["models?key=", "models/"])
def test_our_key_in_a_url_goes_nowhere(gateway: RunningGateway, place: str, hyphen: str):
    key = gateway.accounts.key.replace("-", hyphen)
    answer = httpx.get(f"{gateway.url}/demo/v1/{place}{key}", headers=gateway.auth)
    assert answer.status_code == 400
    assert gateway.accounts.key not in answer.text
