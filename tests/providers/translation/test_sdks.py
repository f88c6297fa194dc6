"""The vendors' own SDKs understand what callers get: their accumulators run over it, and their types are strict."""

import json
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from hypothesis import given, settings
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from providers.sse import SseReader
from providers.translation.dialects import CALLERS
from providers.translation.events import Event
from providers.translation.translate import response_translator
from tests.providers.translation.answers import asked, finish_of, messages, parts_of, whole_of
from tests.providers.translation.test_streams import REQUESTS, as_sent_by

PROVIDERS = ["chat_completions", "messages", "responses", "gemini"]
TOOL = {"type": "object", "properties": {"city": {"type": "string"}}}


def translated(source: str, target: str, events: list[Event]) -> bytes:
    translation = response_translator(source, target, request=REQUESTS[source], model="m", now=lambda: 1)
    return translation.feed(as_sent_by(target, events)) + translation.close()


def _openai(stream: bytes) -> openai.OpenAI:
    answer = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    transport = httpx.MockTransport(lambda _: answer)
    return openai.OpenAI(base_url="http://gateway/v1", api_key="k", http_client=httpx.Client(transport=transport))


def _anthropic(stream: bytes) -> anthropic.Anthropic:
    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    transport = httpx2.MockTransport(lambda _: answer)
    return anthropic.Anthropic(
        base_url="http://gateway", api_key="k", http_client=anthropic.DefaultHttpxClient(transport=transport)
    )


def _words(events: list[Event], kind: str) -> str:
    return "".join(content for its_kind, _, _, content in parts_of(events) if its_kind == kind)


def _calls(events: list[Event]) -> list[tuple[str, dict[str, Any]]]:
    return [(id, json.loads(content)) for kind, id, _, content in parts_of(events) if kind == "tool_call"]


@pytest.mark.parametrize("target", [name for name in PROVIDERS if name != "chat_completions"])
@given(events=messages(signed_by="messages"))
@settings(max_examples=5, deadline=None)
def test_openais_chat_stream_adds_up(target: str, events: list[Event]) -> None:
    tools: Any = [{"type": "function", "function": {"name": "weather", "parameters": TOOL}}]
    client = _openai(translated("chat_completions", target, events))
    said: list[Any] = []
    usages = []
    for chunk in client.chat.completions.create(model="m", messages=[], tools=tools, stream=True):
        said += [choice.delta for choice in chunk.choices]
        usages.append(chunk.usage)
    assert "".join(delta.content or "" for delta in said) == _words(events, "text")
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in said) == _words(events, "thought")
    arguments: dict[int, str] = {}
    ids: dict[int, str] = {}
    for call in (call for delta in said for call in delta.tool_calls or []):
        ids[call.index] = call.id or ids[call.index]
        arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
    assert [(ids[i], json.loads(arguments[i])) for i in sorted(ids)] == _calls(events)
    assert usages[-1] is not None
    assert usages[-1].prompt_tokens == 120


@pytest.mark.parametrize("target", [name for name in PROVIDERS if name != "messages"])
@given(events=messages(signed_by="gemini"))
@settings(max_examples=5, deadline=None)
def test_anthropics_stream_adds_up(target: str, events: list[Event]) -> None:
    client = _anthropic(translated("messages", target, events))
    with client.messages.stream(model="m", max_tokens=9, messages=[]) as stream:
        for _ in stream:
            pass
        message = stream.get_final_message()
    assert "".join(block.text for block in message.content if block.type == "text") == _words(events, "text")
    calls = [(block.id, block.input) for block in message.content if block.type == "tool_use"]
    assert calls == _calls(events)
    assert message.usage.cache_read_input_tokens == 100
    assert message.usage.input_tokens + (message.usage.cache_creation_input_tokens or 0) == 20


@pytest.mark.parametrize("target", [name for name in PROVIDERS if name != "responses"])
@given(events=messages(signed_by="messages"))
@settings(max_examples=5, deadline=None)
def test_openais_responses_stream_adds_up(target: str, events: list[Event]) -> None:
    client = _openai(translated("responses", target, events))
    with client.responses.stream(model="m", input="hi") as stream:
        seen: list[Any] = list(stream)
    kinds, response = [event.type for event in seen], seen[-1].response
    is_cut = finish_of(events).reason == "length"
    assert kinds[-1] == ("response.incomplete" if is_cut else "response.completed")
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert response.output_text == _words(events, "text")
    calls = [(item.call_id, json.loads(item.arguments)) for item in response.output if item.type == "function_call"]
    assert calls == _calls(events)
    assert response.usage is not None
    assert response.usage.input_tokens_details.cached_tokens == 100


def _data(stream: bytes) -> list[dict[str, Any]]:
    return [json.loads(data) for data in SseReader().feed(stream) if data != b"[DONE]"]


@pytest.mark.parametrize("target", PROVIDERS)
@given(events=messages(signed_by="messages"))
@settings(max_examples=4, deadline=None)
def test_each_event_is_of_the_sdks_type(target: str, events: list[Event]) -> None:
    types: dict[str, Any] = {
        "chat_completions": ChatCompletionChunk,
        "messages": RawMessageStreamEvent,
        "responses": ResponseStreamEvent,
    }
    for source, type in types.items():
        if source != target:
            adapter = TypeAdapter(type)
            for event in _data(translated(source, target, events)):
                if event.get("type") != "ping":
                    adapter.validate_python(event, strict=True)


@pytest.mark.parametrize("target", PROVIDERS)
@given(events=messages(signed_by="messages"))
@settings(max_examples=4, deadline=None)
def test_a_whole_answer_is_of_the_sdks_type(target: str, events: list[Event]) -> None:
    types: dict[str, Any] = {"chat_completions": ChatCompletion, "messages": Message, "responses": Response}
    body = json.dumps(CALLERS[target].write_response(whole_of(events), asked())).encode()
    for source, type in types.items():
        if source != target:
            translation = response_translator(source, target, request=REQUESTS[source], model="m", now=lambda: 1)
            TypeAdapter(type).validate_python(json.loads(translation.whole(body)), strict=True)
