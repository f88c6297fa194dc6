"""How long the gateway waits for an answer before it tries elsewhere.

    Weir-Attempt-Seconds: 30        for the first byte of a whole answer
    Weir-First-Token-Seconds: 10    for the first content of a streamed answer
    Weir-Total-Seconds: 120         for all attempts together, until the client has its first byte

The operator's settings of the same names hold where a call has no such header. The last attempt waits until the end of
the total: there is nothing to gain from giving it up sooner. A call that has but one attempt is not bound by any of
this unless it says so itself.
"""

from dataclasses import dataclass, replace

from gateway.errors import BadRequest

_MOST_SECONDS = 3600.0
_NAMES = {
    "attempt-seconds": "attempt_seconds",
    "first-token-seconds": "first_token_seconds",
    "total-seconds": "total_seconds",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    attempt_seconds: float = 120.0
    first_token_seconds: float = 60.0
    total_seconds: float = 600.0
    is_asked_for: bool = False
    """Whether the caller set any of them, so that they bind a single attempt as well."""


DEFAULT_PATIENCE = Patience()


def read_patience(ours: dict[str, str], default: Patience) -> Patience:
    """Reads the headers. Raises BadRequest, naming header and rule."""
    named = {field: _seconds(name, ours[name]) for name, field in _NAMES.items() if name in ours}
    if not named:
        return default
    return replace(default, is_asked_for=True, **named)


def _seconds(name: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _MOST_SECONDS:
        raise BadRequest(
            f"header `Weir-{name.title()}` is `{value[:80]}`, but must be a number of seconds up to {_MOST_SECONDS:g}"
        )
    return seconds
