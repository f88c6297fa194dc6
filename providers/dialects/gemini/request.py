"""Reads Gemini's requests; which model is asked, and whether for a stream, stands in the path."""

from typing import Any

import msgspec

from providers.dialects.gemini.parts import parts_of, readable
from providers.dialects.gemini.usage import tier_name
from providers.dialects.requests import labels_of, short
from providers.facts import PREVIEW_CHARS, RequestFacts
from providers.lenient import decode

_NULL = msgspec.Raw(b"null")


class _Content(msgspec.Struct):
    role: Any = None
    parts: msgspec.Raw = _NULL


class _Head(msgspec.Struct):
    labels: Any = None
    serviceTier: Any = None  # noqa: N815 - Gemini's own name
    service_tier: Any = None


class _Request(_Head):
    contents: list[_Content] | None = None


_decoder = msgspec.json.Decoder(_Request)
_head_decoder = msgspec.json.Decoder(_Head)
_parts_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def parse_request(body: bytes) -> RequestFacts:
    """Reads a request body."""
    request = decode(body, _decoder)
    if request is not None:
        return _facts(request, _last_user_text(request.contents or []))
    head = decode(body, _head_decoder)
    return RequestFacts() if head is None else _facts(head, None)


def _facts(head: _Head, preview: str | None) -> RequestFacts:
    labels = labels_of(head.labels)
    tier = short(head.serviceTier) or short(head.service_tier)
    return RequestFacts(
        user_id=labels.get("user_id"),
        session_id=labels.get("session_id"),
        metadata=labels,
        service_tier=None if tier is None else tier_name(tier),
        preview=preview,
    )


def _last_user_text(contents: list[_Content]) -> str | None:
    for content in reversed(contents):
        if content.role in ("user", None):
            said = readable(parts_of({"parts": decode(bytes(content.parts), _parts_decoder)}))
            if said:
                return said[:PREVIEW_CHARS]
    return None
