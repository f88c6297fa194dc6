"""What can go wrong on the way to a provider, told apart by whose turn it is.

    GatewayError
    ├── CallerError          the caller can mend it; the message says how
    │   ├── BadRequest           400
    │   ├── Unauthorized         401
    │   ├── Forbidden            403
    │   ├── UnknownProvider      404
    │   ├── MethodNotAllowed     405
    │   ├── TooSlow              408
    │   ├── TooLarge             413
    │   ├── TooManyRequests      429
    │   │   └── RateLimited      429, by a limit of the caller's own
    │   └── HeadTooLarge         431
    ├── UpstreamError        the provider did not answer; nobody here can mend it
    │   ├── Unreachable          502
    │   ├── UpstreamDisconnected 502
    │   ├── BadUpstream          502
    │   └── UpstreamTimeout      504
    └── Unavailable          503, ours; the caller may try again

What a provider answered is no error of this family: it is passed on unchanged.
"""

import msgspec

from providers.dialects.dialect import Dialect


class GatewayError(Exception):
    """An answer of ours instead of the provider's."""

    status = 500
    type = "internal_error"
    """Its name on the wire and in the record's `error_type`."""
    retry_after_seconds: int | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CallerError(GatewayError):
    """The caller's mistake."""


class BadRequest(CallerError):
    status = 400
    type = "bad_request"


class Unauthorized(CallerError):
    status = 401
    type = "unauthorized"


class Forbidden(CallerError):
    status = 403
    type = "forbidden"


class UnknownProvider(CallerError):
    status = 404
    type = "unknown_provider"


class MethodNotAllowed(CallerError):
    status = 405
    type = "method_not_allowed"


class TooSlow(CallerError):
    status = 408
    type = "request_timeout"


class TooLarge(CallerError):
    status = 413
    type = "request_too_large"


class TooManyRequests(CallerError):
    status = 429
    type = "too_many_requests"
    retry_after_seconds = 1


class RateLimited(TooManyRequests):
    type = "rate_limited"

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class HeadTooLarge(CallerError):
    status = 431
    type = "head_too_large"


class UpstreamError(GatewayError):
    """The provider gave no answer that could be passed on."""

    status = 502


class Unreachable(UpstreamError):
    type = "unreachable"


class UpstreamDisconnected(UpstreamError):
    type = "upstream_disconnected"


class BadUpstream(UpstreamError):
    type = "bad_upstream_response"


class UpstreamTimeout(UpstreamError):
    status = 504
    type = "timeout"


class Unavailable(GatewayError):
    """Weir itself cannot serve right now."""

    status = 503
    type = "unavailable"
    retry_after_seconds = 2


def body_of(error: GatewayError, dialect: Dialect | None) -> bytes:
    """Writes an error in the caller's dialect, or in our own shape where we do not know it."""
    if dialect is not None:
        return dialect.error_body(error.status, error.message, error.type)
    return msgspec.json.encode({"error": {"code": error.type, "message": error.message}})
