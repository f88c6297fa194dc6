"""The headers worth keeping with a record: versions, limits, the provider's own ids; never a credential."""

from collections.abc import Collection, Iterable

from gateway.caller.head import text
from gateway.recording.scrubbing import without
from warehouse.record import Pair

_REQUEST = frozenset(
    {
        *(b"accept", b"content-type", b"content-encoding", b"originator", b"http-referer", b"x-title", b"traceparent"),
        *(b"anthropic-version", b"anthropic-beta", b"openai-beta", b"openai-organization", b"openai-project"),
        *(b"idempotency-key", b"x-client-request-id", b"x-app"),
    }
)
_RESPONSE = frozenset(
    {
        *(b"content-type", b"content-encoding", b"retry-after", b"retry-after-ms", b"x-should-retry"),
        *(b"request-id", b"x-request-id", b"cf-ray", b"openai-processing-ms", b"openai-version"),
        *(b"openai-organization", b"anthropic-organization-id"),
    }
)
_REQUEST_PREFIXES = (b"x-stainless-",)
_RESPONSE_PREFIXES = (b"x-ratelimit-", b"anthropic-ratelimit-")
_LONGEST = 1024


Headers = Iterable[tuple[bytes, bytes]]


def kept_request_headers(headers: Headers, secrets: Collection[str] = ()) -> list[Pair]:
    """Returns what is worth keeping of a request's headers, without the given secrets."""
    return _kept(headers, _REQUEST, _REQUEST_PREFIXES, secrets)


def kept_response_headers(headers: Headers, secrets: Collection[str] = ()) -> list[Pair]:
    """Takes headers whose names are in lower case."""
    return _kept(headers, _RESPONSE, _RESPONSE_PREFIXES, secrets)


def _kept(
    headers: Headers, names: frozenset[bytes], prefixes: tuple[bytes, ...], secrets: Collection[str]
) -> list[Pair]:
    return [
        Pair(name.decode("latin-1"), without(text(value)[:_LONGEST], secrets))
        for name, value in headers
        if name in names or name.startswith(prefixes)
    ]
