"""What providers really sent says the same to a caller of another dialect: the facts read from both are compared."""

import json
import re
from typing import Any

import pytest

from providers.dialects.dialect import DIALECTS
from providers.facts import ResponseFacts
from providers.translation.dialects import CALLERS, PROVIDERS
from providers.translation.notes import UnreadableAnswer
from providers.translation.translate import ResponseTranslator, response_translator
from tests.providers import cases
from tests.providers.translation.test_streams import REQUESTS

STREAMS = [case for case in cases.load("streams") if case["dialect"] in PROVIDERS]
OWN_TOOLS = {"code_execution", "web_search", "file_search", "roll"}
"""Tools a provider runs itself are not the caller's business."""
NOT_ASKED_FOR = {"the function call of old", "speech out", "audio in and out"}
"""What only a request that is refused can be answered with."""
_MARKDOWN = re.compile(r"!?\[[^\]]*\]\(data:[^)]*\)")
NARROWED = {"pause": "stop", "error": "stop"}
"""Reasons that not every dialect has a word for."""


def _translator(source: str, target: str) -> ResponseTranslator:
    return response_translator(source, target, request=REQUESTS[source], model="m", now=lambda: 1)


def _facts_of_stream(dialect: str, stream: bytes) -> ResponseFacts:
    reader = DIALECTS[dialect].new_stream()
    reader.feed(stream)
    return reader.facts()


@pytest.mark.parametrize("case", STREAMS, ids=lambda case: case["stream"])
def test_a_recorded_stream_keeps_its_facts(case: dict[str, Any]) -> None:
    target, stream = case["dialect"], cases.stream(case["stream"])
    sent = _facts_of_stream(target, stream)
    for source in CALLERS.keys() - {target}:
        translation = _translator(source, target)
        got = _facts_of_stream(source, translation.feed(stream) + translation.close())
        if case.get("is_broken") or sent.error_type is not None:
            assert got.error_message is not None
            assert sent.error_message is None or sent.error_message in got.error_message
        else:
            _compare(sent, got)


@pytest.mark.parametrize("target", PROVIDERS)
def test_recorded_answers_keep_their_facts(target: str) -> None:
    for case in cases.load(f"{target}_responses"):
        body = cases.body_of(case)
        if case["name"].removeprefix("openai, ") in NOT_ASKED_FOR:
            continue
        for source in CALLERS.keys() - {target}:
            try:
                whole = _translator(source, target).whole(body)
            except UnreadableAnswer:
                continue
            _compare(DIALECTS[target].parse_response(body), DIALECTS[source].parse_response(whole))


@pytest.mark.parametrize("target", PROVIDERS)
def test_recorded_errors_keep_their_words(target: str) -> None:
    for case in cases.load(f"{target}_responses"):
        body = cases.body_of(case)
        sent = DIALECTS[target].parse_response(body)
        for source in CALLERS.keys() - {target}:
            written = _translator(source, target).error(429, body)
            got = DIALECTS[source].parse_response(written)
            assert got.error_type is not None
            assert json.loads(written)
            if sent.error_message is not None:
                assert sent.error_message in (got.error_message or "")


def _compare(sent: ResponseFacts, got: ResponseFacts) -> None:
    assert got.error_type is None
    # An image among the words is told as Markdown, for no other dialect has a place for it.
    assert _MARKDOWN.sub("", got.preview or "") == (sent.preview or "")
    assert set(sent.tool_names) - set(got.tool_names) <= OWN_TOOLS
    assert sent.response_model in (None, got.response_model)
    if sent.usage is not None and got.usage is not None and sent.usage.input_tokens is not None:
        assert got.usage.input_tokens in (sent.usage.input_tokens, sent.usage.cache_read_tokens)
        assert got.usage.output_tokens == (sent.usage.output_tokens or 0)
    if sent.finish_reason is not None and got.finish_reason != sent.finish_reason:
        assert NARROWED.get(sent.finish_reason) == got.finish_reason or sent.finish_reason not in ("stop", "length")
