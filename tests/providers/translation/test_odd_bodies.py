"""Whatever callers and providers send, a translation ends in an answer, a refusal or an error that says why."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.translation.dialects import CALLERS, PROVIDERS
from providers.translation.translate import (
    UnreadableAnswer,
    Untranslatable,
    can_translate,
    response_translator,
    translate_request,
)
from tests.providers.translation.test_requests import load
from tests.providers.translation.test_streams import REQUESTS

ODD = st.sampled_from(
    [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        '""',
        '"x"',
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "[{}]",
        '{"type":"text"}',
        '{"type":3}',
        "[1]",
    ]
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Returns every container inside a value with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [place for key in keys for place in ((value, key), *_places(value[key]))]


@st.composite
def spoiled(draw: st.DrawFn, value: Any) -> Any:
    """Takes a body that is fine and puts odd values into a few places."""
    body = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(1, 3))):
        places = _places(body)
        if places:
            container, key = draw(st.sampled_from(places))
            container[key] = json.loads(draw(ODD))
    return body


@given(data=st.data(), case=st.sampled_from(load("requests")))
@settings(max_examples=80, deadline=None)
def test_a_spoiled_request_is_translated_or_refused(data: st.DataObject, case: dict[str, Any]) -> None:
    body = json.dumps(data.draw(spoiled(case["body"]))).encode()
    for target in PROVIDERS:
        if can_translate(case["source"], target):
            with contextlib.suppress(Untranslatable):
                translate_request(case["source"], target, body, model=case["model"])


@given(data=st.data(), case=st.sampled_from(load("answers")))
@settings(max_examples=60, deadline=None)
def test_a_spoiled_answer_is_told_or_called_unreadable(data: st.DataObject, case: dict[str, Any]) -> None:
    body = json.dumps(data.draw(spoiled(case["body"]))).encode()
    for source in CALLERS.keys() - {case["target"]}:
        translation = response_translator(source, case["target"], request=REQUESTS[source], model=case["model"])
        with contextlib.suppress(UnreadableAnswer):
            json.loads(translation.whole(body))
        json.loads(translation.error(500, body))


@given(data=st.data(), case=st.sampled_from([case for case in load("streams") if case["target"] != "converse"]))
@settings(max_examples=60, deadline=None)
def test_a_spoiled_stream_is_told_to_an_end(data: st.DataObject, case: dict[str, Any]) -> None:
    events = data.draw(spoiled(case["events"]))
    sent = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    for source in CALLERS.keys() - {case["target"]}:
        translation = response_translator(source, case["target"], request=REQUESTS[source], model=case["model"])
        assert translation.feed(sent) + translation.close()
        assert translation.is_complete


@pytest.mark.parametrize("source", CALLERS)
@given(body=st.binary(max_size=40))
@settings(max_examples=30, deadline=None)
def test_bytes_that_are_no_request_are_refused(source: str, body: bytes) -> None:
    target = "messages" if source != "messages" else "gemini"
    with pytest.raises(Untranslatable):
        translate_request(source, target, body, model="m")


@pytest.mark.parametrize("target", PROVIDERS)
@given(body=st.binary(max_size=60))
@settings(max_examples=30, deadline=None)
def test_bytes_that_are_no_stream_end_in_an_error(target: str, body: bytes) -> None:
    source = "messages" if target != "messages" else "gemini"
    translation = response_translator(source, target, request=REQUESTS[source], model="m")
    assert b"error" in translation.feed(body) + translation.close()
