"""Asking a stream for its usage, and hiding that it was asked."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.dialects.chat_completions.include_usage import UsageChunkFilter, inject
from tests.providers.cases import stream


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"model":"m","stream":true}', b'{"stream_options":{"include_usage":true},"model":"m","stream":true}'),
        (b' \n{ "model": "m" }', b' \n{"stream_options":{"include_usage":true}, "model": "m" }'),
        (b"{}", b'{"stream_options":{"include_usage":true}}'),
    ],
)
def test_injection_leaves_every_other_byte(body: bytes, expected: bytes) -> None:
    assert inject(body) == expected


@pytest.mark.parametrize("options", [{}, {"include_usage": False}, {"include_obfuscation": False}, None, "odd"])
def test_injection_keeps_the_other_options(options: object) -> None:
    body = {
        "model": "m",
        "temperature": 0.10,
        "stream_options": options,
        "messages": [{"content": 'ä "stream_options"'}],
    }
    injected = json.loads(inject(json.dumps(body).encode()))
    kept = options if isinstance(options, dict) else {}
    assert injected == body | {"stream_options": kept | {"include_usage": True}}


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'{"stream_options"'])
def test_what_is_no_object_is_left_alone(body: bytes) -> None:
    assert inject(body) == body


def filtered(chunks: list[bytes]) -> bytes:
    filter = UsageChunkFilter()
    return b"".join([*map(filter.feed, chunks), filter.flush()])


STREAM = stream("chat_usage_chunk")
USAGE_CHUNK = next(event + b"\n\n" for event in STREAM.split(b"\n\n") if b'"choices":[]' in event)
WITHOUT = STREAM.replace(USAGE_CHUNK, b"")


@given(cuts=st.lists(st.integers(0, len(STREAM))), newline=st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_the_usage_chunk_alone_is_removed_however_the_stream_is_cut(cuts: list[int], newline: bytes) -> None:
    data = STREAM.replace(b"\n", newline)
    borders = [0, *sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    assert filtered([data[start:end] for start, end in pairwise(borders)]) == WITHOUT.replace(b"\n", newline)


@given(st.lists(st.binary(max_size=50)))
def test_whatever_is_no_usage_chunk_passes(chunks: list[bytes]) -> None:
    assert filtered(chunks) == b"".join(chunks)


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}],"usage":null}\n\n',
        b'data: {"choices":[],"error":{"message":"no"},"usage":{"prompt_tokens":1}}\n\n',
        b'data: {"choices":[{"index":0,"delta":{"content":"\\"choices\\":[] \\"usage\\""}}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1},"x":[]}\n\n',
        b": []\n\n",
        b"data: [DONE]\n\n",
    ],
)
def test_chunks_that_look_alike_pass(event: bytes) -> None:
    assert filtered([event]) == event


def test_whole_events_pass_at_once() -> None:
    filter = UsageChunkFilter()
    for event in WITHOUT.split(b"\n\n")[:-1]:
        assert filter.feed(event + b"\n\n") == event + b"\n\n"


def test_a_usage_chunk_without_a_last_blank_line_is_removed_too() -> None:
    assert filtered([b"data: 1\n\n", USAGE_CHUNK[:-2]]) == b"data: 1\n\n"


def test_memory_is_bounded() -> None:
    filter = UsageChunkFilter()
    sent = b"data: " + b"x" * 2_000_000
    passed = b"".join(filter.feed(sent[i : i + 50_000]) for i in range(0, len(sent), 50_000))
    assert passed + filter.feed(b"\n\n") + filter.flush() == sent + b"\n\n"
