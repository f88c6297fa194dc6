"""What went into a step and what came out of it, as bodies that are kept and shown."""

from dataclasses import dataclass, field

import msgspec

from gateway.logged.otlp.attributes import in_order, nested, text, value, written
from gateway.logged.otlp.conversation import embedded_texts, request_body, response_body
from gateway.logged.otlp.span import Attributes, Span
from providers.dialects.dialect import DIALECTS
from providers.dialects.finish_reasons import normalize
from providers.facts import PREVIEW_CHARS

_CHAT = DIALECTS["chat_completions"]
_EMBEDDINGS = ("embeddings", "embedding")


@dataclass(frozen=True)
class Content:
    """The two bodies of a step, empty where the span does not tell them, and what they say."""

    request: bytes = b""
    response: bytes = b""
    dialect: str | None = None
    """Chat completions' where the bodies were rebuilt as such."""
    request_preview: str | None = None
    response_preview: str | None = None
    finish_reason: str | None = None
    tool_names: list[str] = field(default_factory=list)


def content_of_call(span: Span) -> Content:
    """Returns a call's conversation, in the shape of chat completions; an embedding's texts as its request."""
    attributes = span.attributes
    asked = text(attributes, "request_model") or text(attributes, "response_model")
    if (text(attributes, "operation") or "").lower() in _EMBEDDINGS:
        return _embedding(attributes, asked)
    request = request_body(span, asked) or b""
    response = response_body(span, text(attributes, "response_model") or asked) or b""
    answered = _CHAT.parse_response(response)
    return Content(
        request=request,
        response=response,
        dialect=_CHAT.name if request or response else None,
        request_preview=_CHAT.parse_request(request).preview,
        response_preview=answered.preview,
        finish_reason=answered.finish_reason or normalize(text(attributes, "finish_reason")),
        tool_names=answered.tool_names,
    )


def content_of_step(span: Span) -> Content:
    """Returns what a tool, a retrieval or an agent was given and gave back."""
    attributes = span.attributes
    given, gave = value(attributes, "input"), value(attributes, "output")
    if gave is None:
        gave = _documents(span)
    request = written(given).encode("utf-8", "replace") if given is not None else request_body(span, None) or b""
    response = written(gave).encode("utf-8", "replace") if gave is not None else response_body(span, None) or b""
    return Content(
        request=request, response=response, request_preview=_start(request), response_preview=_start(response)
    )


def _embedding(attributes: Attributes, model: str | None) -> Content:
    texts = [each for each in embedded_texts(attributes) if each]
    if not texts:
        return Content()
    return Content(
        request=msgspec.json.encode({"model": model, "input": texts}),
        request_preview=written(texts[0])[:PREVIEW_CHARS],
    )


def _documents(span: Span) -> list[object] | None:
    """Returns what a retrieval found: OpenInference's documents, or the results OpenLLMetry writes as events."""
    found: list[object] = in_order(nested(span.attributes, "retrieval.documents."))
    found += [event.attributes for event in span.events if event.name == "db.query.result"]
    return found or None


def _start(body: bytes) -> str | None:
    return body[: 4 * PREVIEW_CHARS].decode("utf-8", "ignore")[:PREVIEW_CHARS] or None
