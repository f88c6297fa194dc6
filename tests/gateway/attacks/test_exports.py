"""Exports of spans that are small on the wire and large in memory."""

import gzip
import resource
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from gateway.errors import TooLarge
from gateway.logged.otlp import extent, json_form, protobuf
from tests.gateway.logged.exports import protobuf as export
from tests.gateway.logged.exports import span
from tests.gateway.running import RunningGateway


def number(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def field(place: int, content: bytes) -> bytes:
    return number(place << 3 | 2) + number(len(content)) + content


def within(*places: int) -> Callable[[bytes], bytes]:
    def nest(content: bytes) -> bytes:
        for place in reversed(places):
            content = field(place, content)
        return content

    return nest


MANY = 600_000
BOMBS = {
    "resources": field(1, b"") * MANY,
    "scopes": within(1)(field(2, b"") * MANY),
    "spans": within(1, 2)(field(2, b"") * MANY),
    "attributes": within(1, 2, 2)(field(9, b"") * MANY),
    "events": within(1, 2, 2)(field(11, b"") * MANY),
    "links": within(1, 2, 2)(field(13, b"") * MANY),
    "values": within(1, 2, 2, 9, 2, 5)(field(1, b"") * MANY),
    "labels": within(1, 1)(field(1, b"") * MANY),
    "numbers": within(1, 2, 2)(b"\x08\x01" * MANY),
}
JSON_BOMBS = {
    "spans": b'{"resourceSpans":[{"scopeSpans":[{"spans":[%s{}]}]}]}' % (b"{}," * MANY),
    "resources": b'{"resourceSpans":[%s{}]}' % (b"{}," * MANY),
}


@pytest.fixture
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Smaller ones than the real ones, to be quick; what is sent would take hundreds of megabytes all the same."""
    monkeypatch.setattr(extent, "MOST_WEIGHT", 500_000)
    monkeypatch.setattr(extent, "_MOST_BRACES", 500_000)


@pytest.mark.usefixtures("small_bounds")
@pytest.mark.parametrize(
    ("spans_of", "body"),
    [(protobuf.spans_of, body) for body in BOMBS.values()]
    + [(json_form.spans_of, each) for each in JSON_BOMBS.values()],
    ids=[*BOMBS, *(f"{name} in JSON" for name in JSON_BOMBS)],
)
def test_an_export_that_would_fill_the_memory_is_not_read(spans_of: Callable[[bytes], Iterator[Any]], body: bytes):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLarge, match="smaller batches"):
        next(spans_of(body))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_what_collectors_send_at_once_is_read():
    of_a_call = export(span({f"gen_ai.prompt.{place}.content": "Hi" for place in range(50)}))
    assert len(list(protobuf.spans_of(of_a_call * 8000))) == 8000


@pytest.mark.parametrize("cut", [1, 2, 7, 40, 300])
def test_a_broken_export_is_counted_without_harm(cut: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(extent, "_SMALL_BYTES", 0)
    whole = export(span({"gen_ai.request.model": "m"}))
    for body in (whole[:-cut], whole[cut:], b"\xff" * cut, b"\x0b" * cut, whole + b"\x0a\xff\xff\xff\xff\x0f"):
        extent.refuse_too_much_protobuf(body)


@pytest.mark.parametrize("kind", ["application/x-protobuf", "application/json"])
def test_a_compressed_bomb_is_refused_and_the_gateway_goes_on(gateway: RunningGateway, kind: str):
    bomb = BOMBS["spans"] if "protobuf" in kind else JSON_BOMBS["resources"].replace(b"{},", b"{},{},")
    headers = gateway.auth | {"Content-Type": kind, "Content-Encoding": "gzip"}
    answer = httpx.post(f"{gateway.url}/v1/traces", headers=headers, content=gzip.compress(bomb, 1), timeout=60)
    assert answer.status_code == 413
    assert httpx.get(f"{gateway.url}/healthz").status_code == 200
