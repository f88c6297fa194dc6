"""Requests that ask with a text instead of a conversation: prompts, inputs to embed or to judge, things to say."""

from typing import Any

import msgspec

from providers.dialects.gemini.parts import parts_of as gemini_parts_of
from providers.dialects.gemini.parts import readable as gemini_readable
from providers.dialects.multipart import fields_of, is_multipart
from providers.dialects.parts import readable
from providers.dialects.requests import Head, request_facts, short
from providers.facts import PREVIEW_CHARS, JsonObject, RequestFacts
from providers.lenient import decode, mapping, mappings, text

_INPUTS = ("input", "prompt", "query", "texts", "inputs")


class _Request(Head):
    input: Any = None
    prompt: Any = None
    query: Any = None
    texts: Any = None
    inputs: Any = None
    content: Any = None
    requests: Any = None


_decoder = msgspec.json.Decoder(_Request)


def parse_request(body: bytes) -> RequestFacts:
    """Reads a request body: JSON, or a form where files are sent."""
    if is_multipart(body):
        return _form_facts(fields_of(body))
    request = decode(body, _decoder)
    return RequestFacts() if request is None else request_facts(request, preview_of(_input_of(request)))


def input_of(request: JsonObject) -> object:
    """Returns what a request is about, by whichever name its dialect has for it."""
    return next((request[name] for name in _INPUTS if request.get(name) is not None), None) or _google_input(
        request.get("content"), request.get("requests")
    )


def text_of_input(given: object) -> str:
    """Returns the text of an input: a text, a list of them, or parts. Tokens are no text."""
    if isinstance(given, (str, list, dict)):
        return readable(given)
    return ""


def preview_of(given: object) -> str | None:
    """Returns the start of an input's text."""
    if isinstance(given, list):
        given = given[:64]
    return text_of_input(given)[:PREVIEW_CHARS] or None


def _input_of(request: _Request) -> object:
    given = next((value for name in _INPUTS if (value := getattr(request, name)) is not None), None)
    return given or _google_input(request.content, request.requests)


def _google_input(content: object, requests: object) -> str:
    """Gemini embeds a content, or that of each of several requests."""
    contents = [content, *(request.get("content") for request in mappings(requests)[:64])]
    return "\n".join(filter(None, (gemini_readable(gemini_parts_of(mapping(content))) for content in contents)))


def _form_facts(fields: dict[str, str]) -> RequestFacts:
    return RequestFacts(
        model=short(fields.get("model")),
        is_stream=fields.get("stream", "").lower() == "true",
        user_id=short(fields.get("user")),
        preview=text(fields.get("prompt", "")[:PREVIEW_CHARS]),
    )
