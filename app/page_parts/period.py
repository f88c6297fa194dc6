"""A stretch of time that a page looks at, and the buckets its charts are drawn in."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from app import formats

Range = Literal["1h", "24h", "7d", "30d", "custom"]
RANGES: tuple[Range, ...] = get_args(Range)

_SPANS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
_STEPS = (10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 7 * 86_400)
_BUCKETS = 64
_ROUNDED_SECONDS = 10


@dataclass(frozen=True)
class Period:
    """From start to before end, UTC, in buckets of step_seconds."""

    start: datetime
    end: datetime
    step_seconds: int
    range: Range = "custom"

    @property
    def previous(self) -> "Period":
        """The stretch of the same length right before, to compare with."""
        return Period(self.start - (self.end - self.start), self.start, self.step_seconds)

    def renewed(self, now: datetime) -> "Period":
        """The same stretch as seen from now: the last hour moves on, dates that were chosen do not."""
        return self if self.range == "custom" else recent(self.range, now)

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters that questions know it by."""
        return {"start": formats.bound(self.start), "end": formats.bound(self.end), "step": self.step_seconds}


def recent(range: Range, now: datetime) -> Period:
    """Returns the last hour, day, week or month.

    The end is rounded up and the start down to whole buckets: equal questions within seconds stay equal, and no chart
    begins with half a bucket.
    """
    end = datetime.fromtimestamp(-(-now.timestamp() // _ROUNDED_SECONDS) * _ROUNDED_SECONDS, UTC)
    return replace(between(end - _SPANS[range], end), range=range)


def between(start: datetime, end: datetime) -> Period:
    """Returns a stretch of any length with buckets that suit it."""
    end = max(end, start + timedelta(seconds=1))
    seconds = (end - start).total_seconds()
    step = next((step for step in _STEPS if seconds / step <= _BUCKETS), _STEPS[-1])
    return Period(datetime.fromtimestamp(start.timestamp() // step * step, UTC), end, step)
