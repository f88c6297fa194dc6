"""What of ours stands in the head of every answer to a call, whether provider, cache or the gateway gives it."""

from gateway.asgi import Headers
from gateway.call import Call
from gateway.responses import identified

_LONGEST_WARNINGS = 4096


def headers_about(call: Call) -> Headers:
    """Returns the call's id, what its limits and attempts add, and what its caller should know."""
    headers = identified(call.request_id) + call.answer_headers
    if call.warnings:
        headers.append((b"weir-warnings", in_a_header("; ".join(call.warnings))[:_LONGEST_WARNINGS]))
    return headers


def in_a_header(text: str) -> bytes:
    """Writes a text in ASCII without control characters, as headers hold it."""
    return "".join(each if each.isprintable() else " " for each in text).encode("ascii", "replace")
