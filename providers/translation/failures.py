"""Errors on their way from a provider to a caller that speaks another dialect: status and words kept, shape changed."""

from collections.abc import Mapping

import msgspec

from providers.dialects.errors import anthropic_error, openai_error, read_error_body
from providers.lenient import decode_object, mapping, text
from providers.translation.events import Failed

_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "api_error": 500,
    "server_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
    "throttlingException": 429,
    "validationException": 400,
    "serviceUnavailableException": 503,
    "modelTimeoutException": 504,
}
"""The status that goes with an error's name; in a stream there is only the name."""

_GOOGLE = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    529: "UNAVAILABLE",
}
"""Google's names by status (cloud.google.com/apis/design/errors)."""

_TOO_LONG = ("prompt is too long", "input is too long", "exceeds the maximum number of tokens", "context length",
             "too many tokens")  # fmt: skip
GAVE_UP = Failed(502, "upstream_error", "the provider's model stopped with an error before the answer was complete")
BROKEN_OFF = Failed(502, "upstream_disconnected", "the provider's stream ended before the answer was complete")


def read_failure(body: bytes, status: int) -> Failed:
    """Reads an error's body, whoever wrote it; one that cannot be read keeps its status."""
    found = decode_object(body)
    if not found and body.lstrip()[:1] == b"[":
        # Gemini answers a refused stream with an array of one error.
        found = decode_object(body.strip()[1:-1])
    said = read_error_body(found)
    kind, message = said if said is not None else ("", text(found.get("message")) or text(found.get("Message")))
    error = mapping(found.get("error"))
    kind = text(error.get("status")) or kind or text(found.get("__type")) or "error"
    if message is None:
        message = body[:500].decode("utf-8", "replace").strip() or f"the provider answered with status {status}"
    return Failed(status, kind, message)


def failure_in_stream(error: object) -> Failed:
    """Reads the error member of an event."""
    said = read_error_body({"error": error})
    kind, message = said if said is not None else ("error", None)
    code = mapping(error).get("code") if isinstance(error, Mapping) else None
    status = _STATUS.get(kind) or (code if isinstance(code, int) and 400 <= code < 600 else 500)
    return Failed(status, kind, message or "the provider broke off with an error")


def openai_body(failure: Failed) -> bytes:
    """Writes an error for a caller of chat completions or responses."""
    code = "context_length_exceeded" if _is_too_long(failure) else failure.type
    return openai_error(failure.status, failure.message, code)


def anthropic_body(failure: Failed) -> bytes:
    """Writes an error for a caller of messages."""
    return anthropic_error(failure.status, failure.message, "")


def google_body(failure: Failed) -> bytes:
    """Writes an error for a caller of Gemini."""
    default = "INVALID_ARGUMENT" if failure.status < 500 else "INTERNAL"
    word = _GOOGLE.get(failure.status, default)
    return msgspec.json.encode({"error": {"code": failure.status, "message": failure.message, "status": word}})


def _is_too_long(failure: Failed) -> bool:
    said = failure.message.lower()
    return failure.status == 400 and any(words in said for words in _TOO_LONG)
