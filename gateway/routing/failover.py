"""Which answers are a reason to try elsewhere.

A status that says "not now" or "not here" is: 408, 409, 429 and everything from 500 on, unless the provider says that
trying again is no use. So is a request that is too long for the model's context, since another model may take it. Any
other refusal (400, 401, 403, 404, 422) would be the same elsewhere, or must be mended by the caller.
"""

import re

_TRANSIENT = frozenset({408, 409, 429})
_MAYBE_TOO_LONG = frozenset({400, 413, 422})
_TOO_LONG = re.compile(
    rb"context_length_exceeded|context length|context window|maximum context|prompt is too long|input is too long"
    rb"|too many (?:input )?tokens|exceeds? the (?:maximum|max) (?:number of )?(?:input )?tokens"
    rb"|input token count.{0,40}exceeds|reduce the length|string_above_max_length|request_too_large",
    re.IGNORECASE,
)


def is_transient(status: int, headers: dict[bytes, bytes]) -> bool:
    """Whether the same request may well succeed later, or elsewhere."""
    if status >= 500:
        return True
    return status in _TRANSIENT and not (status == 409 and headers.get(b"x-should-retry") == b"false")


def may_be_too_long(status: int) -> bool:
    """Whether the body has to be read to tell if the request was too long for the model."""
    return status in _MAYBE_TOO_LONG


def says_too_long(body: bytes) -> bool:
    """Whether an error's plain body says that the request does not fit the model's context."""
    return _TOO_LONG.search(body) is not None
