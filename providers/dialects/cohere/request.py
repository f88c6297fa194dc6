"""Reads the requests of Cohere's chat."""

import msgspec

from providers.dialects.requests import Head, Turn, head_of, last_user_text, request_facts
from providers.facts import RequestFacts
from providers.lenient import decode


class _Request(Head):
    messages: list[Turn] | None = None


_decoder = msgspec.json.Decoder(_Request)


def parse_request(body: bytes) -> RequestFacts:
    """Reads a request body."""
    request = decode(body, _decoder)
    if request is None:
        head = head_of(body)
        return RequestFacts() if head is None else request_facts(head, preview=None)
    return request_facts(request, preview=last_user_text(request.messages or []))
