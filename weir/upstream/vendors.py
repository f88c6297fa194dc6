"""The vendors that are imitated: their headers, and errors in their shape."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from weir.upstream.routes import Family

Headers = list[tuple[bytes, bytes]]

_serial = itertools.count(1)


@dataclass(frozen=True)
class Vendor:
    """What differs between the providers imitated."""

    name: str
    family: Family
    needs_key: bool
    headers: Callable[[], Headers]
    """Headers every answer carries."""
    error: Callable[[int, str], bytes]
    error_headers: Callable[[int], Headers] = lambda _: []
    """Further headers of an error."""


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


_GOOGLE_ERRORS: dict[int, tuple[str, str]] = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: (
        "UNAUTHENTICATED",
        "Request is missing required authentication credential.",
    ),
    403: ("PERMISSION_DENIED", "Method doesn't allow unregistered callers (callers without established identity)."),
    404: ("NOT_FOUND", "The model is not found for API version v1beta, or is not supported for generateContent."),
    429: ("RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."),
    503: ("UNAVAILABLE", "The model is overloaded. Please try again later."),
    504: ("DEADLINE_EXCEEDED", "The request timed out. Please try again."),
}
_AMAZON_ERRORS: dict[int, tuple[str, str]] = {
    400: ("ValidationException", "The provided model identifier is invalid."),
    401: ("UnrecognizedClientException", "The security token included in the request is invalid."),
    403: ("AccessDeniedException", "You don't have access to the model with the specified model ID."),
    404: ("ResourceNotFoundException", "Could not resolve the foundation model from the provided model identifier."),
    408: ("ModelTimeoutException", "Model has timed out in processing the request."),
    424: (
        "ModelErrorException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    429: ("ThrottlingException", "Too many requests, please wait before trying again."),
    503: ("ServiceUnavailableException", "Bedrock is unable to process your request."),
}
_COHERE_ERRORS: dict[int, str] = {
    400: "invalid request",
    401: "invalid api token",
    403: "your api token has no permission for this operation",
    404: "model not found, make sure the correct model ID was used and that you have access to the model.",
    429: "You are using a Trial key, which is limited. Please wait and try again later",
    503: "service unavailable",
}
_AZURE_ERRORS: dict[int, tuple[str, str]] = {
    401: ("401", "Access denied due to invalid subscription key or wrong API endpoint."),
    404: ("DeploymentNotFound", "The API deployment for this resource does not exist."),
    429: ("429", "Requests have exceeded call rate limit of your current pricing tier. Please retry after 1 second."),
}


def _google_error(status: int, message: str) -> bytes:
    fallback = ("INTERNAL", "An internal error has occurred. Please retry.")
    word, usual = _GOOGLE_ERRORS.get(status, fallback if status >= 500 else _GOOGLE_ERRORS[400])
    return msgspec.json.encode({"error": {"code": status, "message": message or usual, "status": word}})


def _amazon_type(status: int) -> tuple[str, str]:
    fallback = ("InternalServerException", "The system encountered an unexpected error during processing.")
    return _AMAZON_ERRORS.get(status, fallback if status >= 500 else _AMAZON_ERRORS[400])


def _amazon_error(status: int, message: str) -> bytes:
    return msgspec.json.encode({"message": message or _amazon_type(status)[1]})


def _cohere_error(status: int, message: str) -> bytes:
    usual = _COHERE_ERRORS.get(status, "internal server error" if status >= 500 else _COHERE_ERRORS[400])
    return msgspec.json.encode({"id": str(uuid.uuid4()), "message": message or usual})


def _azure_error(status: int, message: str) -> bytes:
    known = _AZURE_ERRORS.get(status)
    if known is None:
        return _openai_error(status, message)
    return msgspec.json.encode({"error": {"code": known[0], "message": message or known[1]}})


OPENAI = Vendor("openai", "openai", needs_key=True, headers=_openai_headers, error=_openai_error)
ANTHROPIC = Vendor("anthropic", "anthropic", needs_key=True, headers=_anthropic_headers, error=_anthropic_error)
GOOGLE = Vendor(
    "google",
    "google",
    needs_key=True,
    headers=lambda: [(b"x-gemini-service-tier", b"standard"), (b"server-timing", b"gfet4t7; dur=7")],
    error=_google_error,
)
BEDROCK = Vendor(
    "bedrock",
    "amazon",
    needs_key=True,
    headers=lambda: [(b"x-amzn-requestid", str(uuid.uuid4()).encode())],
    error=_amazon_error,
    error_headers=lambda status: [
        (b"x-amzn-errortype", f"{_amazon_type(status)[0]}:http://internal.amazon.com/".encode())
    ],
)
COHERE = Vendor(
    "cohere",
    "cohere",
    needs_key=True,
    headers=lambda: [(b"x-debug-trace-id", b"%032x" % next(_serial))],
    error=_cohere_error,
)
AZURE = Vendor(
    "azure",
    "openai",
    needs_key=True,
    headers=lambda: [
        (b"apim-request-id", str(uuid.uuid4()).encode()),
        (b"x-ms-region", b"East US"),
        (b"x-ratelimit-remaining-requests", b"999"),
        (b"x-ratelimit-remaining-tokens", b"99000"),
    ],
    error=_azure_error,
)
_BY_FAMILY: dict[Family, Vendor] = {
    "openai": OPENAI,
    "anthropic": ANTHROPIC,
    "google": GOOGLE,
    "amazon": BEDROCK,
    "cohere": COHERE,
}


def _demo(vendor: Vendor) -> Vendor:
    return replace(vendor, name="demo", needs_key=False, headers=lambda: [(b"x-request-id", b"req_%x" % next(_serial))])


_DEMO_BY_FAMILY = {family: _demo(vendor) for family, vendor in _BY_FAMILY.items()}


def vendor_of(family: Family, base: str) -> Vendor:
    """Returns who answers in a family's way at a base path."""
    if base == "demo":
        return _DEMO_BY_FAMILY[family]
    return AZURE if base.startswith("azure") and family == "openai" else _BY_FAMILY[family]
