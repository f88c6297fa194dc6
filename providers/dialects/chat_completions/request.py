"""Reads chat completions' requests."""

import msgspec

from providers.dialects.requests import Head, Turn, head_of, last_user_text, request_facts
from providers.facts import RequestFacts
from providers.lenient import decode, mapping


class _Request(Head, gc=False):
    messages: list[Turn] | None = None


_decoder = msgspec.json.Decoder(_Request)


def parse_request(body: bytes) -> RequestFacts:
    """Reads a request body."""
    request = decode(body, _decoder)
    if request is None:
        head = head_of(body)
        return RequestFacts() if head is None else _facts(head, preview=None)
    return _facts(request, preview=last_user_text(request.messages or []))


def _facts(head: Head, preview: str | None) -> RequestFacts:
    facts = request_facts(head, preview)
    if facts.is_stream and mapping(head.stream_options).get("include_usage") is not True:
        return msgspec.structs.replace(facts, wants_usage_injection=True)
    return facts
