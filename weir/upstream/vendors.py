"""The vendors that are imitated: their headers, and errors in their shape."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

Headers = list[tuple[bytes, bytes]]

_serial = itertools.count(1)


@dataclass(frozen=True)
class Vendor:
    """What differs between the providers imitated."""

    name: str
    needs_key: bool
    headers: Callable[[], Headers]
    """Headers every answer carries."""
    error: Callable[[int, str], bytes]


def _openai_headers() -> Headers:
    return [
        (b"x-request-id", b"req_%032x" % uuid.uuid4().int),
        (b"openai-processing-ms", b"7"),
        (b"openai-version", b"2020-10-01"),
        (b"openai-organization", b"org-upstream"),
        (b"x-ratelimit-limit-requests", b"10000"),
        (b"x-ratelimit-remaining-requests", b"9999"),
        (b"x-ratelimit-reset-requests", b"6ms"),
        (b"x-ratelimit-limit-tokens", b"2000000"),
        (b"x-ratelimit-remaining-tokens", b"1999000"),
        (b"x-ratelimit-reset-tokens", b"30ms"),
    ]


def _anthropic_headers() -> Headers:
    return [
        (b"request-id", b"req_%024x" % next(_serial)),
        (b"anthropic-organization-id", b"00000000-0000-4000-8000-000000000000"),
        (b"anthropic-ratelimit-requests-limit", b"4000"),
        (b"anthropic-ratelimit-requests-remaining", b"3999"),
        (b"anthropic-ratelimit-tokens-limit", b"400000"),
        (b"anthropic-ratelimit-tokens-remaining", b"399000"),
    ]


_OPENAI_ERRORS: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "The request is not valid."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: (
        "invalid_request_error",
        "unsupported_country_region_territory",
        "Country, region, or territory not supported",
    ),
    404: ("invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests. Please try again in 1s."),
    503: ("server_error", "service_unavailable", "The engine is currently overloaded, please try again later."),
}
_ANTHROPIC_ERRORS: dict[int, tuple[str, str]] = {
    400: ("invalid_request_error", "The request is not valid."),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "Not found"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit."),
    529: ("overloaded_error", "Overloaded"),
}


def _openai_error(status: int, message: str) -> bytes:
    fallback = ("server_error", None, "The server had an error while processing your request. Sorry about that!")
    kind, code, usual = _OPENAI_ERRORS.get(status, fallback if status >= 500 else _OPENAI_ERRORS[400])
    return msgspec.json.encode({"error": {"message": message or usual, "type": kind, "param": None, "code": code}})


def _anthropic_error(status: int, message: str) -> bytes:
    fallback = ("api_error", "Internal server error")
    kind, usual = _ANTHROPIC_ERRORS.get(status, fallback if status >= 500 else _ANTHROPIC_ERRORS[400])
    error = {"type": kind, "message": message or usual}
    return msgspec.json.encode({"type": "error", "error": error, "request_id": f"req_{next(_serial):024x}"})


OPENAI = Vendor("openai", needs_key=True, headers=_openai_headers, error=_openai_error)
ANTHROPIC = Vendor("anthropic", needs_key=True, headers=_anthropic_headers, error=_anthropic_error)
DEMO = Vendor(
    "demo", needs_key=False, headers=lambda: [(b"x-request-id", b"req_%x" % next(_serial))], error=_openai_error
)
DEMO_MESSAGES = Vendor("demo", needs_key=False, headers=DEMO.headers, error=_anthropic_error)
