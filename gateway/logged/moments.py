"""The times of a report, which its sender's clock told."""

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
"""Nobody called a model in production before; an earlier time is one in another unit."""
_AHEAD = timedelta(days=1)


def moment(seconds: float) -> datetime | None:
    """Returns the time so many seconds after 1970; None where no call can have been.

    Every day is a partition of the warehouse, so a clock that is wrong by years must not make thousands.
    """
    try:
        found = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if EARLIEST <= found <= datetime.now(UTC) + _AHEAD else None
