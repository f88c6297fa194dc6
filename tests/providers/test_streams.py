"""Streams as vendors document them, cut anywhere."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.dialects.dialect import DIALECTS
from providers.facts import StreamReader
from tests.providers.cases import load, response_facts, stream

CASES = load("streams")
CHOICE = st.fixed_dictionaries(
    {"index": st.sampled_from([0, 0, 0, 1, None])},
    optional={
        "delta": st.fixed_dictionaries(
            {},
            optional={
                "content": st.sampled_from(["word ", "", None, [{"type": "text", "text": "part "}]]),
                "refusal": st.sampled_from(["no", None]),
                "reasoning": st.just("so"),
                "tool_calls": st.just([{"index": 0, "function": {"name": "look"}}]),
                "audio": st.just({"transcript": "said "}),
            },
        ),
        "finish_reason": st.sampled_from([None, "stop", "length"]),
        "usage": st.just({"prompt_tokens": 5, "completion_tokens": 6}),
    },
)
"""What a chunk may hold, with words alone in many."""


def is_binary(case: dict[str, Any]) -> bool:
    """Whether the stream is of Amazon's frames instead of text."""
    return case["dialect"] in ("converse", "invoke")


def read(case: dict[str, Any], chunks: list[bytes]) -> StreamReader:
    reader = DIALECTS[case["dialect"]].new_stream()
    for chunk in chunks:
        reader.feed(chunk)
    return reader


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["stream"])
def test_a_stream_says(case: dict[str, Any]) -> None:
    reader = read(case, [stream(case["stream"])])
    assert reader.facts() == response_facts(case["facts"])
    assert reader.terminal is not case.get("is_broken", False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["stream"])
def test_a_stream_says_the_same_byte_by_byte(case: dict[str, Any]) -> None:
    data = stream(case["stream"])
    reader = read(case, [data[i : i + 1] for i in range(len(data))])
    assert reader.facts() == response_facts(case["facts"])
    assert reader.terminal is not case.get("is_broken", False)


@given(case=st.sampled_from(CASES), cuts=st.lists(st.integers(0, 4000)), with_returns=st.booleans())
def test_where_a_stream_is_cut_does_not_matter(case: dict[str, Any], cuts: list[int], with_returns: bool) -> None:
    data = stream(case["stream"])
    if with_returns and b"\r" not in data and not is_binary(case):
        data = data.replace(b"\n", b"\r\n")
    borders = [0, *sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    reader = read(case, [data[start:end] for start, end in pairwise(borders)])
    assert reader.facts() == response_facts(case["facts"])
    assert reader.terminal is not case.get("is_broken", False)


@pytest.mark.parametrize(
    "case", [case for case in CASES if "first_content_event" in case], ids=lambda case: case["stream"]
)
def test_the_first_content_is_seen_when_it_comes(case: dict[str, Any]) -> None:
    reader = DIALECTS[case["dialect"]].new_stream()
    events = stream(case["stream"]).split(b"\n\n")
    for event in events[: case["first_content_event"]]:
        reader.feed(event + b"\n\n")
    assert not reader.first_content
    reader.feed(events[case["first_content_event"]] + b"\n\n")
    assert reader.first_content


@pytest.mark.parametrize("case", [case for case in CASES if not case.get("is_broken")], ids=lambda case: case["stream"])
def test_the_end_is_seen_with_the_last_byte_of_its_data_and_not_before(case: dict[str, Any]) -> None:
    """A client that reads lines may act on the data before the blank line has come."""
    data = stream(case["stream"])
    if case["stream"] == "cohere_text":
        data = data.removesuffix(b"data: [DONE]\n\n")  # It has ended before.
    data = data if is_binary(case) else data.rstrip()
    reader = read(case, [data[:-1]])
    before = reader.terminal
    reader.feed(data[-1:])
    assert (before, reader.terminal) == (False, True)
    reader.feed(b"\r\n\r\n")
    assert reader.facts() == response_facts(case["facts"])


def test_facts_can_be_asked_for_at_any_moment() -> None:
    case = next(case for case in CASES if case["stream"] == "messages_text")
    reader = DIALECTS["messages"].new_stream()
    for event in stream(case["stream"]).split(b"\n\n"):
        reader.facts()
        reader.feed(event + b"\n\n")
    assert reader.facts() == response_facts(case["facts"])


def test_an_event_over_the_limit_ends_the_parsing_and_keeps_what_was_read() -> None:
    reader = DIALECTS["chat_completions"].new_stream()
    reader.feed(b'data: {"model":"m","choices":[{"index":0,"delta":{"content":"before"}}]}\n\n')
    reader.feed(b'data: {"choices":[{"index":0,"delta":{"content":"')
    for _ in range(80):
        reader.feed(b"x" * 65536)
    reader.feed(b'"}}]}\n\ndata: [DONE]\n\n')
    assert reader.facts().preview == "before"
    assert not reader.terminal


@given(
    st.lists(
        st.fixed_dictionaries(
            {"choices": st.lists(CHOICE, max_size=2)},
            optional={
                "model": st.sampled_from(["m", "n", "", None]),
                "service_tier": st.sampled_from(["default", "flex", "", None, 1]),
                "usage": st.sampled_from([None, {"prompt_tokens": 1, "completion_tokens": 2}]),
                "x_groq": st.just({"usage": {"prompt_tokens": 3, "completion_tokens": 4}}),
                "error": st.just({"type": "server_error", "message": "no more"}),
            },
        ),
        max_size=8,
    )
)
def test_events_in_a_row_say_what_they_say_one_by_one(events: list[dict[str, Any]]) -> None:
    data = b"".join(b"data: " + msgspec.json.encode(event) + b"\n\n" for event in events)
    in_a_row, one_by_one = (DIALECTS["chat_completions"].new_stream() for _ in range(2))
    in_a_row.feed(data)
    # A comment keeps the events from being read as one batch.
    one_by_one.feed(b": hello\n\n" + data)
    assert in_a_row.facts() == one_by_one.facts()
    assert (in_a_row.first_content, in_a_row.terminal) == (one_by_one.first_content, one_by_one.terminal)


def test_a_long_stream_holds_no_more_than_a_batch() -> None:
    reader: Any = DIALECTS["chat_completions"].new_stream()
    chunk = b'data: {"model":"m","choices":[{"index":0,"delta":{"content":"word "}}]}\n\n'
    for _ in range(5000):
        reader.feed(chunk)
    held = sum(map(len, reader._chunks)) + sum(map(len, reader._sse._held))
    assert held <= 64 * 1024 + len(chunk)
    assert reader.facts().preview == ("word " * 400)[:2000]


def test_a_bad_event_does_not_cost_the_others() -> None:
    reader = DIALECTS["chat_completions"].new_stream()
    reader.feed(
        b'data: {"model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
        b'data: {"choices":[{"index":0,"delta":{"content":"b\xff"}}]}\n\n'
        b"data: {oops\n\n"
        b'data: {"choices":"none"}\n\n'
        b'data: {"choices":[{"index":0,"delta":{"content":"c"},"finish_reason":"length"}]}\n\n'
        b"data: [DONE]\n\n"
    )
    facts = reader.facts()
    assert (facts.preview, facts.finish_reason, reader.terminal) == ("ab\ufffdc", "length", True)
