"""Reads chat completions' requests."""

import msgspec

from providers.dialects.requests import Head, Turn, head_of, invalid, last_user_text, request_facts
from providers.facts import RequestFacts
from providers.lenient import decode, mapping


class _Request(Head):
    messages: list[Turn] | None = None


_decoder = msgspec.json.Decoder(_Request)


def parse_request(body: bytes) -> RequestFacts:
    """Reads a request body."""
    request = decode(body, _decoder)
    if request is None:
        head = head_of(body)
        return invalid(body) if head is None else _facts(head, None, None)
    turns = request.messages or []
    count = None if request.messages is None else len(turns)
    return _facts(request, count, last_user_text(turns))


def _facts(head: Head, message_count: int | None, preview: str | None) -> RequestFacts:
    facts = request_facts(head, message_count=message_count, preview=preview)
    if facts.is_stream and mapping(head.stream_options).get("include_usage") is not True:
        return msgspec.structs.replace(facts, wants_usage_injection=True)
    return facts
