"""Reads legacy completions' requests, whose prompt is a text, several, or tokens."""

from typing import Any

import msgspec

from providers.dialects.plain_input import preview_of
from providers.dialects.requests import Head, request_facts
from providers.facts import RequestFacts
from providers.lenient import decode, mapping


class _Request(Head):
    prompt: Any = None


_decoder = msgspec.json.Decoder(_Request)


def parse_request(body: bytes) -> RequestFacts:
    """Reads a request body."""
    request = decode(body, _decoder)
    if request is None:
        return RequestFacts()
    facts = request_facts(request, preview_of(request.prompt))
    if facts.is_stream and mapping(request.stream_options).get("include_usage") is not True:
        return msgspec.structs.replace(facts, wants_usage_injection=True)
    return facts
