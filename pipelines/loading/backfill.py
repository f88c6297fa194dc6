"""Makes many days anew from the raw log, one after the other, and goes on where it was interrupted.

Nothing is kept for that. A backfill is known by the moment it was asked for, and `requests` itself says which days are
finished: those whose rows were all loaded after that moment. Who is killed in the middle has lost one day's work.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from pipelines.loading import quarantine
from pipelines.loading.day_lease import DayTaken, LeaseLost
from pipelines.loading.loader import Loader, Remodelled
from warehouse.rawlog.keys import RAW_PREFIX, day_of, day_prefix

LONGEST_WAIT = timedelta(minutes=10)
"""How long it waits for a day that others write."""
_PAUSE_SECONDS = 0.5

_logger = logging.getLogger(__name__)


def remodel_days(
    loader: Loader, days: Iterable[date], pause: Callable[[float], None] = time.sleep
) -> Iterator[Remodelled]:
    """Makes these days anew, the latest first, and yields each when it is there.

    Raises DayTaken or LeaseLost if others write a day for too long, and what a loader raises.
    """
    for day in sorted(days, reverse=True):
        give_up_at = loader.clock() + LONGEST_WAIT
        while True:
            try:
                yield loader.remodel(day)
                break
            except (DayTaken, LeaseLost) as error:
                if loader.clock() >= give_up_at:
                    raise
                _logger.info("%s; it is made anew later", error)
                pause(_PAUSE_SECONDS)


def unfinished(loader: Loader, asked_at: datetime, first: date | None = None, last: date | None = None) -> list[date]:
    """Returns the days between first and last, both included, that were not made anew since then.

    A day whose raw log gives not one row looks unfinished for ever; making it anew is quick.
    """
    oldest: dict[date, datetime] = dict(loader.days.ask("oldest_loads"))  # type: ignore[arg-type]
    finished = {day for day, loaded_at in oldest.items() if loaded_at.replace(tzinfo=UTC) >= asked_at}
    days = ({*oldest, *_raw_days(loader)}) - finished
    return sorted(day for day in days if (first or day) <= day <= (last or day))


def quarantined(loader: Loader, before: datetime) -> list[date]:
    """Returns the days of which something could not be loaded when they were read last, which was before then."""
    objects = loader.store.list_after(quarantine.PREFIX)
    return sorted({quarantine.day_of(found.key) for found in objects if found.modified_at < before})


def _raw_days(loader: Loader) -> Iterator[date]:
    """Yields the days that have raw segments; one question a day, however many segments it has."""
    after = ""
    while found := next(iter(loader.store.list_after(RAW_PREFIX, after)), None):
        after = found.key
        try:
            day = day_of(found.key)
        except ValueError:
            continue  # Somebody else's file.
        yield day
        # In the order of keys `0` follows `/` and so everything of the day.
        after = day_prefix(day).removesuffix("/") + "0"
