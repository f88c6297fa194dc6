"""How often and after which pauses a candidate is asked again, as the caller's headers say.

Weir-Retry-Enabled: true
Weir-Retry-Num: 5               further tries
Weir-Retry-Factor: 2            each pause is so many times the one before
Weir-Retry-Min-Timeout: 1000    the first pause, in milliseconds
Weir-Retry-Max-Timeout: 10000   the longest pause
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gateway.errors import BadRequest

MOST_RETRIES = 20
_LONGEST_PAUSE_MS = 600_000
_JITTER = 0.25


@dataclass(frozen=True, slots=True)
class Retries:
    """Further tries at the same candidate."""

    most: int
    factor: float = 2.0
    first_seconds: float = 1.0
    longest_seconds: float = 10.0

    def pause_seconds(self, tries: int, retry_after_seconds: float | None) -> float | None:
        """Returns how long to wait after so many tries, or None if it is not worth waiting.

        Pauses vary by a quarter, so that callers who failed together do not come back together. A provider that says
        when to come back is believed; if that is later than the longest pause, there is no point in asking again.
        """
        if tries > self.most:
            return None
        pause = min(self.first_seconds * self.factor ** (tries - 1), self.longest_seconds)
        pause *= 1 - _JITTER * random.random()  # noqa: S311 - no secret hangs on it
        if retry_after_seconds is None:
            return pause
        return max(pause, retry_after_seconds) if retry_after_seconds <= self.longest_seconds else None


NO_RETRIES = Retries(0)


def read_retries(ours: dict[str, str]) -> Retries:
    """Reads the retry headers. Raises BadRequest, naming header and rule."""
    enabled = ours.get("retry-enabled")
    if enabled is None or enabled.strip().lower() == "false":
        return NO_RETRIES
    if enabled.strip().lower() != "true":
        raise BadRequest(f"header `Weir-Retry-Enabled` is `{enabled[:80]}`, but must be `true` or `false`")
    first_ms = _number(ours, "retry-min-timeout", 1000, 0, _LONGEST_PAUSE_MS)
    longest_ms = _number(ours, "retry-max-timeout", 10_000, 0, _LONGEST_PAUSE_MS)
    return Retries(
        most=int(_number(ours, "retry-num", 5, 0, MOST_RETRIES, whole=True)),
        factor=_number(ours, "retry-factor", 2, 1, 100),
        first_seconds=min(first_ms, longest_ms) / 1000,
        longest_seconds=longest_ms / 1000,
    )


def retry_after_seconds(headers: dict[bytes, bytes]) -> float | None:
    """Returns when a provider asks to be tried again: seconds, milliseconds (OpenAI's header) or a date."""
    if (millis := _parsed(headers.get(b"retry-after-ms"))) is not None:
        return millis / 1000
    value = headers.get(b"retry-after")
    if value is None:
        return None
    if (seconds := _parsed(value)) is not None:
        return seconds
    try:
        at = parsedate_to_datetime(value.decode("latin-1"))
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)


def _parsed(value: bytes | None) -> float | None:
    try:
        number = float(value) if value is not None else -1.0
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _number(
    ours: dict[str, str], name: str, default: float, least: float, most: float, *, whole: bool = False
) -> float:
    value = ours.get(name)
    if value is None:
        return default
    try:
        number = int(value) if whole else float(value)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        kind = "a whole number" if whole else "a number"
        raise BadRequest(
            f"header `Weir-{name.title()}` is `{value[:80]}`, but must be {kind} from {least:g} to {most:g}"
        )
    return number
