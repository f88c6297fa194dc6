"""The headers worth keeping with a record: versions, limits, the provider's own ids; never a credential."""

from collections.abc import Collection, Iterable
from functools import lru_cache

from gateway.caller.head import Head, once_a_head, text
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


def kept_request_headers(head: Head, secrets: Collection[str] = ()) -> list[Pair]:
    """Returns what is worth keeping of a request's headers, without the given secrets."""
    return _cleaned(*_of_request(head), secrets)


def kept_response_headers(headers: Headers, secrets: Collection[str] = ()) -> list[Pair]:
    """Takes headers whose names are in lower case."""
    kept = [
        Pair(known, text(value)[:_LONGEST]) for name, value in headers if (known := _response_name(name)) is not None
    ]
    return _cleaned(kept, _values(kept), secrets)


@once_a_head
def _of_request(head: Head) -> tuple[list[Pair], str]:
    kept = [
        Pair(known, text(value)[:_LONGEST])
        for name, value in head.values.items()
        if (known := _request_name(name)) is not None
    ]
    return kept, _values(kept)


def _values(pairs: list[Pair]) -> str:
    return "\n".join([pair.value for pair in pairs])


def _cleaned(pairs: list[Pair], values: str, secrets: Collection[str]) -> list[Pair]:
    # All values at once, as hardly ever there is a secret in one.
    if without(values, secrets) is values:
        return pairs
    return [Pair(pair.name, without(pair.value, secrets)) for pair in pairs]


def _request_name(name: bytes) -> str | None:
    return name.decode("latin-1") if name in _REQUEST or name.startswith(_REQUEST_PREFIXES) else None


# Names come again and again, so what becomes of one is remembered.
@lru_cache(maxsize=1024)
def _response_name(name: bytes) -> str | None:
    return name.decode("latin-1") if name in _RESPONSE or name.startswith(_RESPONSE_PREFIXES) else None
