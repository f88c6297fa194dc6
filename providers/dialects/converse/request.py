"""Reads Converse's requests; which model is asked, and whether for a stream, stands in the path."""

from typing import Any

import msgspec

from providers.dialects.converse.usage import read_tier
from providers.dialects.requests import Turn, labels_of, last_user_text, short
from providers.facts import RequestFacts
from providers.lenient import decode


class _Head(msgspec.Struct, rename="camel"):
    request_metadata: Any = None
    service_tier: Any = None


class _Request(_Head, rename="camel"):
    messages: list[Turn] | None = None


_decoder = msgspec.json.Decoder(_Request)
_head_decoder = msgspec.json.Decoder(_Head)


def parse_request(body: bytes) -> RequestFacts:
    """Reads a request body."""
    request = decode(body, _decoder)
    if request is not None:
        return _facts(request, last_user_text(request.messages or []))
    head = decode(body, _head_decoder)
    return RequestFacts() if head is None else _facts(head, None)


def _facts(head: _Head, preview: str | None) -> RequestFacts:
    labels = labels_of(head.request_metadata)
    return RequestFacts(
        user_id=labels.get("user_id"),
        session_id=labels.get("session_id"),
        metadata=labels,
        service_tier=short(read_tier(head.service_tier)),
        preview=preview,
    )
