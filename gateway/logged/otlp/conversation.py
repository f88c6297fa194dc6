"""Rebuilds the request and the response of a call from its span, in the shape of chat completions.

A span has no bodies, only messages, each convention in its own form. Written in one shape we read anyway, a call opens
like any other: `{"model": …, "messages": […], "temperature": …}` and `{"model": …, "choices": [{"message": …}]}`.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import msgspec

from gateway.logged.otlp.attributes import in_order, nested, structured, text, value
from gateway.logged.otlp.conventions import PARAMETERS
from gateway.logged.otlp.messages import Message, of_chat, of_event, of_indexed, of_instructions, of_parts, of_vercel
from gateway.logged.otlp.span import Attributes, Span
from providers.lenient import mapping, mappings
from providers.lenient import text as text_in

_MESSAGE_EVENTS = tuple(f"gen_ai.{role}.message" for role in ("system", "user", "assistant", "tool"))

_CONTENT_EVENTS = (
    "gen_ai.client.inference.operation.details",
    "gen_ai.content.prompt",
    "gen_ai.content.completion",
)
"""Events whose attributes are those of the span, to be kept or dropped apart from it."""
_MOST_CONTENT_EVENTS = 8

_Reader = Callable[[Span, Attributes], list[Message]]


def _indexed(*prefixes: str) -> _Reader:
    def read(_: Span, attributes: Attributes) -> list[Message]:
        found = (of_indexed(each) for prefix in prefixes for each in in_order(nested(attributes, prefix)))
        return [message for message in found if message is not None]

    return read


def _events(*names: str) -> _Reader:
    def read(span: Span, _: Attributes) -> list[Message]:
        return [made for event in span.events if event.name in names for made in of_event(event.name, event.attributes)]

    return read


def _completion_texts(prefix: str, below: str, role: str) -> _Reader:
    def read(_: Span, attributes: Attributes) -> list[Message]:
        found = mappings(in_order(nested(attributes, prefix)))
        said = [text_in(mapping(each.get(below)).get("text")) for each in found]
        return [{"role": role, "content": each} for each in said if each is not None]

    return read


def _plain(role: str, *names: str) -> _Reader:
    def read(_: Span, attributes: Attributes) -> list[Message]:
        found = next((attributes[name] for name in names if attributes.get(name)), None)
        made = of_chat(found)
        return [message | {"role": role} for message in made] if isinstance(found, str) and len(made) == 1 else made

    return read


_INPUT: tuple[_Reader, ...] = (
    lambda _, attributes: (
        of_instructions(attributes.get("gen_ai.system_instructions"))
        + of_parts(attributes.get("gen_ai.input.messages"))
    ),
    _indexed("gen_ai.prompt."),
    _indexed("llm.input_messages."),
    _events(*_MESSAGE_EVENTS),
    lambda _, attributes: of_vercel(attributes.get("ai.prompt.messages")),
    _completion_texts("llm.prompts.", "prompt", "user"),
    _plain("user", "gen_ai.prompt", "ai.prompt", "input.value", "traceloop.entity.input"),
)
_OUTPUT: tuple[_Reader, ...] = (
    lambda _, attributes: of_parts(attributes.get("gen_ai.output.messages")),
    _indexed("gen_ai.completion."),
    _indexed("llm.output_messages."),
    _events("gen_ai.choice"),
    lambda _, attributes: _vercel_answer(attributes),
    _completion_texts("llm.choices.", "completion", "assistant"),
    _plain("assistant", "gen_ai.completion", "output.value", "traceloop.entity.output"),
)
"""Where messages may be, best told first; the first reader that finds any is believed."""


def request_body(span: Span, model: str | None) -> bytes | None:
    """Returns the request as chat completions have it; None if the span has no message."""
    messages = _first(_INPUT, span)
    if not messages:
        return None
    parameters = {name: span.attributes[key] for key, name in PARAMETERS.items() if key in span.attributes}
    tools = _tools(span.attributes)
    return msgspec.json.encode(
        {"model": model, "messages": messages} | parameters | ({"tools": tools} if tools else {})
    )


def response_body(span: Span, model: str | None) -> bytes | None:
    """Returns the response as chat completions have it; None if the span has no answer."""
    messages = _first(_OUTPUT, span)
    if not messages:
        return None
    # Vercel writes `tool-calls`.
    reason = (text(span.attributes, "finish_reason") or "").replace("-", "_") or None
    choices = [
        {"index": index, "finish_reason": message.pop("finish_reason", None) or reason, "message": message}
        for index, message in enumerate(messages)
    ]
    return msgspec.json.encode({"id": text(span.attributes, "response_id"), "model": model, "choices": choices})


def embedded_texts(attributes: Attributes) -> list[Any]:
    """Returns what an embedding was made of."""
    found = mappings(in_order(nested(attributes, "embedding.embeddings.")))
    texts = [mapping(each.get("embedding")).get("text") for each in found]
    texts += [each.get("content") for each in mappings(in_order(nested(attributes, "gen_ai.prompt.")))]
    given = structured(value(attributes, "input"))
    return [each for each in texts if isinstance(each, str)] or (given if isinstance(given, list) else [given])


def _first(readers: Iterable[_Reader], span: Span) -> list[Message]:
    of_events = (event.attributes for event in span.events if event.name in _CONTENT_EVENTS)
    for attributes in (span.attributes, *islice(of_events, _MOST_CONTENT_EVENTS)):
        for read in readers:
            found = read(span, attributes)
            if found:
                return found
    return []


def _vercel_answer(attributes: Attributes) -> list[Message]:
    said = attributes.get("ai.response.text") or attributes.get("ai.response.object")
    calls = mappings(structured(attributes.get("ai.response.toolCalls")))
    parts = [{"type": "text", "text": said}] if said else []
    parts += [call | {"type": "tool-call"} for call in calls]
    return of_vercel([{"role": "assistant", "content": parts}]) if parts else []


def _tools(attributes: Attributes) -> list[Any]:
    definitions = structured(attributes.get("gen_ai.tool.definitions"))
    if isinstance(definitions, list):
        return definitions
    listed = mappings(in_order(nested(attributes, "llm.tools.")))
    schemas = [structured(mapping(each.get("tool")).get("json_schema")) for each in listed]
    functions = mappings(in_order(nested(attributes, "llm.request.functions.")))
    return [each for each in schemas if each] or [
        {"type": "function", "function": each | {"parameters": structured(each.get("parameters"))}}
        for each in functions
    ]
