"""A stream of any dialect reaches a caller of any other, however its bytes are cut."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.translation.dialects import CALLERS, PROVIDERS
from providers.translation.events import Event
from providers.translation.translate import ResponseTranslator, response_translator
from tests.providers.translation.answers import asked, finish_of, messages, parts_of

REQUESTS = {
    "chat_completions": b'{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]}',
    "messages": b'{"model":"m","stream":true,"max_tokens":9,"messages":[],"thinking":{"type":"adaptive"}}',
    "responses": b'{"model":"m","stream":true,"input":"hi"}',
    "gemini": b'{"contents":[],"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}',
}
PAIRS = [(source, target) for source in CALLERS for target in CALLERS if source != target]


def translator(source: str, target: str) -> ResponseTranslator:
    return response_translator(source, target, request=REQUESTS[source], model="m", now=lambda: 1_700_000_000)


def as_sent_by(target: str, events: list[Event]) -> bytes:
    return CALLERS[target].new_writer(asked()).write(events)


def as_read_by(source: str, stream: bytes) -> list[Event]:
    reader = PROVIDERS[source].new_reader(asked())
    return reader.feed(stream) + reader.close()


@pytest.mark.parametrize("dialect", CALLERS)
@given(events=messages())
@settings(max_examples=25, deadline=None)
def test_what_is_written_in_a_dialect_is_read_back(dialect: str, events: list[Event]) -> None:
    read = as_read_by(dialect, as_sent_by(dialect, events))
    assert parts_of(read) == parts_of(events)
    assert finish_of(read).reason == finish_of(events).reason


@pytest.mark.parametrize(("source", "target"), PAIRS)
@given(events=messages())
@settings(max_examples=8, deadline=None)
def test_a_stream_says_the_same_to_a_caller_of_another_dialect(source: str, target: str, events: list[Event]) -> None:
    translation = translator(source, target)
    stream = translation.feed(as_sent_by(target, events)) + translation.close()
    read = as_read_by(source, stream)
    assert translation.is_complete
    assert parts_of(read) == parts_of(events)
    assert finish_of(read).reason == finish_of(events).reason
    usage = finish_of(read).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens) == (120, 40, 100)


@pytest.mark.parametrize(("source", "target"), PAIRS)
@given(events=messages(), data=st.data())
@settings(max_examples=6, deadline=None)
def test_the_bytes_may_be_cut_anywhere(source: str, target: str, events: list[Event], data: st.DataObject) -> None:
    sent = as_sent_by(target, events)
    whole, cut = translator(source, target), translator(source, target)
    expected = _without_random_ids(whole, whole.feed(sent) + whole.close())
    at = sorted(data.draw(st.sets(st.integers(1, len(sent) - 1), max_size=8)))
    chunks = [sent[start:end] for start, end in zip([0, *at], [*at, len(sent)], strict=True)]
    assert _without_random_ids(cut, b"".join(map(cut.feed, chunks)) + cut.close()) == expected


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_single_cut_gives_the_same(source: str, target: str) -> None:
    events = _an_answer()
    sent = as_sent_by(target, events)
    whole = translator(source, target)
    expected = _without_random_ids(whole, whole.feed(sent) + whole.close())
    for at in range(0, len(sent), 13):
        cut = translator(source, target)
        assert _without_random_ids(cut, cut.feed(sent[:at]) + cut.feed(sent[at:]) + cut.close()) == expected


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_stream_that_breaks_off_is_not_ended_as_complete(source: str, target: str) -> None:
    sent = as_sent_by(target, _an_answer())
    for share in (0, 0.3, 0.6):
        translation = translator(source, target)
        stream = translation.feed(sent[: int(len(sent) * share)]) + translation.close()
        assert b"the provider's stream ended before the answer was complete" in stream
        assert not any(end in stream for end in ENDINGS[source])


ENDINGS: dict[str, tuple[bytes, ...]] = {
    "chat_completions": (b"[DONE]", b'"finish_reason":"'),
    "messages": (b"message_stop", b"message_delta"),
    "responses": (b"response.completed",),
    "gemini": (b"finishReason",),
}


def _an_answer() -> list[Event]:
    from providers.translation.events import Close, Delta, Finish, Open, Start

    return [
        Start(id="answer-1", model="some-model-1", created_at=1),
        Open(0, "thought"),
        Delta(0, "hm"),
        Delta(0, "m"),
        Close(0),
        Open(1, "text"),
        Delta(1, "Grüße, 世界 🌍"),
        Close(1),
        Open(2, "tool_call", "call_a", "weather"),
        Delta(2, '{"city":'),
        Delta(2, '"Oslo"}'),
        Close(2),
        Finish("tool_calls"),
    ]


def _without_random_ids(translation: Any, stream: bytes) -> bytes:
    seed: Callable[[], str] = lambda: translation._asked.seed  # noqa: E731
    return stream.replace(seed().encode(), b"seed")
