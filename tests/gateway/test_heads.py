"""Heads are remembered: what is the same for a caller's every call is read once."""

import pytest

from gateway.caller.annotations import read_annotations
from gateway.caller.credentials import read_credentials
from gateway.caller.heads import Heads
from gateway.errors import BadRequest

HEADERS = [(b"authorization", b"Bearer sk-weir-abc"), (b"weir-user-id", b"ada"), (b"content-type", b"application/json")]


def test_calls_that_differ_in_the_length_of_their_bodies_share_a_head():
    heads = Heads()
    first = heads.of([*HEADERS, (b"content-length", b"10")])
    assert heads.of([(b"content-length", b"11"), *HEADERS]) is first
    assert read_annotations(first) is read_annotations(first)


def test_another_key_is_another_head():
    heads = Heads()
    first = heads.of(HEADERS)
    other = heads.of([(b"authorization", b"Bearer sk-weir-xyz"), *HEADERS[1:]])
    assert read_credentials(first).secret == "sk-weir-abc"
    assert read_credentials(other).secret == "sk-weir-xyz"


def test_a_large_head_is_read_anew_each_time():
    heads = Heads()
    large = [*HEADERS, (b"x-note", b"x" * 10_000)]
    assert heads.of(large) is not heads.of(large)


def test_no_more_than_some_are_remembered():
    heads = Heads()
    first = heads.of(HEADERS)
    for number in range(1000):
        heads.of([*HEADERS, (b"traceparent", b"%d" % number)])
    assert heads.of(HEADERS) is not first


def test_a_head_that_is_refused_is_refused_again():
    heads = Heads()
    twice = [*HEADERS, (b"weir-user-id", b"bob")]
    for _ in range(2):
        with pytest.raises(BadRequest, match="twice"):
            heads.of(twice)


def test_a_head_of_many_small_headers_is_no_small_head():
    heads = Heads()
    many = [*HEADERS, *((b"x-%d" % number, b"") for number in range(200))]
    assert heads.of(many) is not heads.of(many)


@pytest.mark.parametrize(
    "other",
    [
        [(b"authorization", b"Bearer sk-weir-abd"), *HEADERS[1:]],
        [(b"authorization", b"bearer sk-weir-abc"), *HEADERS[1:]],
        [HEADERS[0], (b"weir-user-id", b"adA"), HEADERS[2]],
        [HEADERS[0], (b"weir-user-i", b"dada"), HEADERS[2]],
        [HEADERS[0], (b"weir-user-id", b"ada "), HEADERS[2]],
        [HEADERS[1], HEADERS[0], HEADERS[2]],
        [*HEADERS, (b"weir-property-team", b"b")],
        HEADERS[:2],
    ],
)
def test_only_the_very_same_headers_are_the_same_head(other: list[tuple[bytes, bytes]]):
    heads = Heads()
    first = heads.of(HEADERS)
    assert heads.of(other) is not first
    assert heads.of(list(HEADERS)) is first


def test_an_id_that_a_caller_gives_is_not_the_next_callers():
    heads = Heads()
    given = "0190b8f2-6d1c-7c3e-9a55-3f1f6c0d2b4a"
    first = heads.of([*HEADERS, (b"weir-request-id", given.encode())])
    assert str(read_annotations(first).request_id) == given
    assert read_annotations(heads.of(HEADERS)).request_id is None


def test_what_is_refused_of_a_remembered_head_is_refused_each_time():
    heads = Heads()
    for _ in range(2):
        with pytest.raises(BadRequest, match="UUID"):
            read_annotations(heads.of([*HEADERS, (b"weir-request-id", b"mine")]))
