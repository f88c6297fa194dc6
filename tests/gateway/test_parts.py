"""The gateway's pure parts."""

import gzip
import zlib

import pytest
import zstandard

from gateway.bodies import encodings
from gateway.bodies.encodings import Undecodable, acceptable, decoder_for
from gateway.bodies.kept_body import KeptBody
from gateway.caller.annotations import read_annotations
from gateway.caller.head import Head
from gateway.recording.scrubbing import REDACTED, scrub
from gateway.recording.usage_estimate import estimated
from providers.facts import ResponseFacts
from providers.usage import Usage

PLAIN = b"a river, a dam, a river. " * 40_000
ENCODED = [
    ("gzip", gzip.compress(PLAIN)),
    ("x-gzip", gzip.compress(PLAIN[:1000]) + gzip.compress(PLAIN[1000:])),
    ("gzip", b"".join(gzip.compress(PLAIN[start : start + 250], 0) for start in range(0, len(PLAIN), 250))),
    ("deflate", zlib.compress(PLAIN)),
    ("deflate", zlib.compress(PLAIN, wbits=-15)),
    ("zstd", zstandard.ZstdCompressor().compress(PLAIN)),
]


@pytest.mark.parametrize(("encoding", "data"), ENCODED)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_encodings_are_undone_whatever_the_pieces(encoding: str, data: bytes, size: int):
    decoder = decoder_for(encoding)
    assert decoder is not None
    plain = b"".join(piece for start in range(0, len(data), size) for piece in decoder.feed(data[start : start + size]))
    assert plain == PLAIN


@pytest.mark.parametrize(("encoding", "data"), ENCODED)
def test_a_bomb_is_cut_short(encoding: str, data: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encodings, "MOST_PLAIN_BYTES", 500_000)
    decoder = decoder_for(encoding)
    assert decoder is not None
    with pytest.raises(Undecodable):
        list(decoder.feed(data))


def test_a_body_of_countless_empty_gzip_members_is_read_no_further():
    decoder = decoder_for("gzip")
    assert decoder is not None
    with pytest.raises(Undecodable):
        list(decoder.feed(gzip.compress(b"") * 200_000))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_what_is_not_encoded_so_is_told(encoding: str):
    decoder = decoder_for(encoding)
    assert decoder is not None
    with pytest.raises(Undecodable):
        list(decoder.feed(b"\xff this is plain text, no more and no less"))


def test_unknown_encodings_are_told_and_plain_ones_need_nothing():
    with pytest.raises(Undecodable):
        decoder_for("br")
    with pytest.raises(Undecodable):
        decoder_for("gzip, zstd")
    assert decoder_for(None) is decoder_for("identity") is None


def test_acceptable_keeps_the_callers_words():
    assert acceptable("gzip;q=0.5, br, ZSTD, identity;q=0") == "gzip;q=0.5, ZSTD, identity;q=0"
    assert acceptable("br") == acceptable("*") == "identity"


@pytest.mark.parametrize("limit", range(12))
def test_a_kept_body_is_cut_between_characters(limit: int):
    body = KeptBody(limit)
    for chunk in (b"na", "ïve ".encode(), "漢字".encode()):
        body.add(chunk)
    text, encoding = body.stored()
    assert encoding == "text"
    assert body.size == 13
    assert body.is_cut
    assert "naïve 漢字".startswith(text or "")
    assert len((text or "").encode()) > limit - 3


def test_a_kept_body_that_is_no_text_is_base64_cut_or_not():
    for limit in (3, 100):
        body = KeptBody(limit)
        body.add(b"\xff\xfe\x00")
        body.add(b"abc")
        assert body.stored()[1] == "base64"


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("Authorization: Bearer abc123def456", f"Authorization: Bearer {REDACTED}"),
        ("bearer authentication is required", "bearer authentication is required"),
        ("GET /v1?key=AbCdEf&alt=sse", f"GET /v1?key={REDACTED}&alt=sse"),
        ("Incorrect API key provided: sk-proj-abcdefgh12345678.", f"Incorrect API key provided: {REDACTED}"),
        ("a task-oriented risk-averse keyword", "a task-oriented risk-averse keyword"),
        ("the caller's own hunter2-hunter2 here", f"the caller's own {REDACTED} here"),
        ("none at all", "none at all"),
    ],
)
def test_scrubbing(text: str, scrubbed: str):
    assert scrub(text, ["hunter2-hunter2", "none"]) == scrubbed


@pytest.mark.parametrize(
    ("headers", "session"),
    [
        ({"weir-session-id": "w", "helicone-session-id": "h", "session-id": "c"}, "w"),
        ({"helicone-session-id": "h", "x-claude-code-session-id": "k"}, "h"),
        ({"x-claude-code-session-id": "k", "session-id": "c"}, "k"),
        ({"session-id": "c", "thread-id": "t"}, "c"),
        ({"thread-id": "t"}, "t"),
        ({"weir-session-id": ""}, None),
        ({}, None),
    ],
)
def test_sessions_are_attributed_without_our_headers_too(headers: dict[str, str], session: str | None):
    head = Head([(name.encode(), value.encode()) for name, value in headers.items()])
    assert read_annotations(head).session_id == session


@pytest.mark.parametrize(("code", "country"), [("nz", "NZ"), ("XX", None), ("T1", None), ("Germany", None), ("", None)])
def test_countries(code: str, country: str | None):
    assert read_annotations(Head([(b"x-vercel-ip-country", code.encode())])).country_code == country


def test_estimates_fill_what_is_missing_and_never_lower_what_was_reported():
    assert estimated(400, ResponseFacts(text_chars=9)) == Usage(input_tokens=100, output_tokens=3)
    reported = Usage(input_tokens=7, output_tokens=50, cache_read_tokens=2)
    assert estimated(400, ResponseFacts(usage=reported, text_chars=9)) == reported
