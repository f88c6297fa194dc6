"""Errors on the wire: how providers write theirs, and how ours are written so that the caller's SDK understands."""

from collections.abc import Mapping

import msgspec

from providers.facts import JsonObject
from providers.lenient import decode, decode_object, text

_list_decoder = msgspec.json.Decoder(list[JsonObject])

_MOST_CHARS = 2000
_UNNAMED = "error"

_OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
_ANTHROPIC_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_GOOGLE_STATUSES = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_AMAZON_TYPES = {
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}


def read_error(error: object) -> tuple[str, str | None] | None:
    """Reads the `error` member of a body or event: its type and message; None if it holds no error.

    A code that is a word (`rate_limit_exceeded`) says more than the type (`requests`); a code that is a number
    repeats the status.
    """
    if isinstance(error, str) and error:
        return _UNNAMED, error[:_MOST_CHARS]
    if not isinstance(error, Mapping) or not error:
        return None
    code, kind, message = text(error.get("code")), text(error.get("type")), text(error.get("message"))
    if code is None or code.isdigit():
        code = kind or text(error.get("status"))  # Google's word for it
    return (code or _UNNAMED)[:128], message[:_MOST_CHARS] if message else None


def read_error_body(body: JsonObject) -> tuple[str, str | None] | None:
    """Reads a body without an `error` member that may be an error all the same.

    Mistral and others put type and message at the top, FastAPI servers a `detail`.
    """
    if "error" in body:
        return read_error(body["error"])
    if text(body.get("message")) and (body.get("object") == "error" or body.get("type") or body.get("code")):
        return read_error(body)
    detail = body.get("detail")
    if text(detail):
        return read_error(detail)
    if isinstance(detail, list) and detail and isinstance(detail[0], Mapping):
        return read_error({"type": detail[0].get("type"), "message": detail[0].get("msg")})
    return None


def read_errors(body: bytes) -> tuple[str, str | None] | None:
    """Reads an error body that may be a list of one: Google's streams and its copy of OpenAI's API write such."""
    listed = decode(body, _list_decoder) if body.lstrip()[:1] == b"[" else None
    return read_error_body((listed[0] if listed else None) or decode_object(body))


def read_bare_error(body: JsonObject) -> tuple[str, str | None] | None:
    """Reads a body that is an error if it holds a message: Amazon's and Cohere's have no more than that.

    Amazon says the type in a header; only some of its services repeat it in the body.
    """
    message = text(body.get("message")) or text(body.get("Message"))
    if message is None:
        return read_error_body(body)
    kind = text(body.get("__type")) or text(body.get("code")) or _UNNAMED
    return kind.rpartition("#")[2][:128], message[:_MOST_CHARS]


def openai_error(status: int, message: str, type: str) -> bytes:
    """Writes an error as chat completions and responses have it: the kind by status, our own type as its code."""
    default = "invalid_request_error" if status < 500 else "server_error"
    kind = _OPENAI_TYPES.get(status, default)
    return msgspec.json.encode({"error": {"message": message, "type": kind, "param": None, "code": type}})


def anthropic_error(status: int, message: str, type: str) -> bytes:
    """Writes an error as messages has it, whose types are a closed set; ours goes into the message."""
    default = "invalid_request_error" if status < 500 else "api_error"
    kind = _ANTHROPIC_TYPES.get(status, default)
    said = message if type in (kind, "") else f"{message} ({type})"
    return msgspec.json.encode({"type": "error", "error": {"type": kind, "message": said}})


def google_error(status: int, message: str, type: str) -> bytes:
    """Writes an error as Google's APIs have it; our own type is the reason among its details."""
    default = "INVALID_ARGUMENT" if status < 500 else "INTERNAL"
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": type.upper(), "domain": "weir"}
    error = {"code": status, "message": message, "status": _GOOGLE_STATUSES.get(status, default), "details": [info]}
    return msgspec.json.encode({"error": error})


def amazon_error(status: int, message: str, type: str) -> bytes:
    """Writes an error as Bedrock has it; its type, which Amazon says in a header, SDKs also find in the body."""
    default = "ValidationException" if status < 500 else "InternalServerException"
    return msgspec.json.encode({"message": f"{message} ({type})", "__type": _AMAZON_TYPES.get(status, default)})


def cohere_error(status: int, message: str, type: str) -> bytes:
    """Writes an error as Cohere has it: a message, and no more."""
    return msgspec.json.encode({"message": f"{message} ({type})"})
