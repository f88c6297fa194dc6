"""The time, where the caller passes none. Functions that depend on it take `now` as an argument."""

from datetime import UTC, datetime


def utc(now: datetime | None = None) -> datetime:
    """Returns `now`, or the present moment in UTC."""
    return datetime.now(UTC) if now is None else now
