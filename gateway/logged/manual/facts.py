"""What the bodies of a log say: read by their dialect, and by the usual names where they are in none we know."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.logged.manual.bodies import Bodies
from gateway.logged.manual.usage import read_usage
from providers.facts import PREVIEW_CHARS, RequestFacts, ResponseFacts
from providers.lenient import mapping, text

_ANSWERS = ("generation", "text", "completion", "response", "output")
"""Where models without a dialect of ours put their text."""


def request_facts(bodies: Bodies) -> RequestFacts:
    """Returns what was asked."""
    if bodies.dialect is not None:
        return bodies.dialect.parse_request(bodies.request)
    request = bodies.request_object
    prompt = text(request.get("prompt")) or text(request.get("input"))
    return RequestFacts(
        model=text(request.get("model")),
        is_stream=request.get("stream") is True,
        user_id=text(request.get("user")),
        preview=prompt and prompt[:PREVIEW_CHARS],
    )


def response_facts(bodies: Bodies) -> ResponseFacts:
    """Returns what was answered."""
    facts, answer = _by_dialect(bodies), bodies.response_object
    return msgspec.structs.replace(
        facts,
        usage=facts.usage or read_usage([mapping(answer.get("usage")), answer]),
        response_model=facts.response_model or text(answer.get("model")),
        preview=facts.preview or _preview(bodies, answer),
    )


def _by_dialect(bodies: Bodies) -> ResponseFacts:
    if bodies.dialect is None or not bodies.response:
        return ResponseFacts()
    if not bodies.is_stream:
        return bodies.dialect.parse_response(bodies.response)
    reader = bodies.dialect.new_stream()
    reader.feed(bodies.response)
    return reader.facts()


def _preview(bodies: Bodies, answer: Mapping[str, Any]) -> str | None:
    if answer or bodies.is_stream:
        found = next((told for name in _ANSWERS if (told := text(answer.get(name)))), None)
    else:
        found = bodies.response[: 4 * PREVIEW_CHARS].decode("utf-8", "replace")
    return found[:PREVIEW_CHARS] if found and bodies.response != b"{}" else None
