"""Streamed answers of one dialect as the callers of another get them, event by event; the cases are data."""

import json
from typing import Any

import pytest

from providers.event_stream import write_frame
from providers.translation.notes import UnreadableAnswer
from providers.translation.translate import ResponseTranslator, response_translator
from tests.providers.translation.test_requests import load, named
from tests.providers.translation.test_streams import REQUESTS


@pytest.mark.parametrize("case", load("streams"), ids=named)
def test_a_stream_is_told_event_by_event(case: dict[str, Any]) -> None:
    translation = _translator(case)
    sent = b"".join(map(_frame if case["target"] == "converse" else _event, case["events"]))
    told = (translation.feed(sent) + translation.close()).decode().split("\n\n")
    assert told.pop() == ""
    assert [_data(event) for event in told] == case["expected"]
    assert translation.feed(sent) + translation.close() == b""


@pytest.mark.parametrize("case", load("answers"), ids=named)
def test_a_whole_answer_is_told(case: dict[str, Any]) -> None:
    written = _translator(case).whole(json.dumps(case["body"]).encode())
    assert json.loads(written) == case["expected"]


@pytest.mark.parametrize("target", ["chat_completions", "messages", "responses", "gemini", "converse", "cohere"])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"choices":[],"content":null}'])
def test_what_is_no_answer_is_not_made_one(target: str, body: bytes) -> None:
    source = "gemini" if target == "messages" else "messages"
    translation = response_translator(source, target, request=REQUESTS[source], model="m")
    with pytest.raises(UnreadableAnswer):
        translation.whole(body)


def _translator(case: dict[str, Any]) -> ResponseTranslator:
    request = json.dumps(case["request"]).encode()
    translation = response_translator(
        case["source"], case["target"], request=request, model=case["model"], now=lambda: 1_700_000_000
    )
    translation._asked.random_id = lambda: "seed"
    return translation


def _event(event: object) -> bytes:
    return b"data: " + (event.encode() if isinstance(event, str) else json.dumps(event).encode()) + b"\n\n"


def _frame(event: list[Any]) -> bytes:
    kind, payload = event
    what = "exception" if kind.endswith("Exception") else "event"
    return write_frame({f":{what}-type": kind, ":message-type": what}, json.dumps(payload).encode())


def _data(event: str) -> Any:
    """Returns an event's data; where the event has a name, the data repeats it."""
    *names, data = event.split("\n")
    if data == "data: [DONE]":
        return "[DONE]"
    read = json.loads(data.removeprefix("data: "))
    assert names in ([], [f"event: {read.get('type')}"])
    return read
