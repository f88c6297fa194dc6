"""Finds segments that may be new: what the object store lists, less what is known to be loaded.

Three listings, from cheap to complete: at every poll the keys made in the last minutes; every five minutes all of
yesterday, today and tomorrow; every hour everything. A segment that ships late has an old key and is found by one of
the latter two. Nothing here decides that a segment is loaded: the loader asks the day itself, holding its lease.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby

from ulid import ULID

from pipelines.loading.days import Days
from warehouse.object_store import ObjectInfo, ObjectStore
from warehouse.rawlog.keys import RAW_PREFIX, day_of, day_prefix

NEAR_EVERY = timedelta(minutes=5)
ALL_EVERY = timedelta(hours=1)
OVERLAP = timedelta(minutes=2)
"""How far before the last poll the short listing begins; keys carry the time their file was begun, not shipped."""
LONGEST_CALL = timedelta(hours=1)
"""A record belongs to the day its call began on and is written when the call ends."""


class Discovery:
    """What one process knows of the raw log."""

    def __init__(self, store: ObjectStore, days: Days) -> None:
        self.listed_all_at: datetime | None = None
        self._listed_near_at: datetime | None = None
        self._polled_at: datetime | None = None
        self._store = store
        self._days = days
        self._pending: set[str] = set()
        self._loaded: dict[date, set[str]] = {}
        """Of the near days, so that a poll asks the warehouse nothing."""

    @property
    def pending(self) -> frozenset[str]:
        """Segments that were found and not yet loaded."""
        return frozenset(self._pending)

    def poll(self, now: datetime) -> frozenset[str]:
        """Lists what is due and returns the segments to load; raises StoreUnavailable or the driver's error."""
        if _is_due(self._listed_near_at, NEAR_EVERY, now):
            self._list_near(now)
        elif _is_due(self.listed_all_at, ALL_EVERY, now):
            self._find(self._store.list_after(RAW_PREFIX))
            self.listed_all_at = now
        else:
            self._list_latest(now)
        self._polled_at = now
        return self.pending

    def loaded(self, keys: Iterable[str]) -> None:
        """Takes note that these segments are in the warehouse."""
        for key in keys:
            self._pending.discard(key)
            if day_of(key) in self._loaded:
                self._loaded[day_of(key)].add(key)

    def look_again(self) -> None:
        """Makes the next polls list everything, as after an outage of the store or the warehouse."""
        self._listed_near_at = self.listed_all_at = None

    def _list_near(self, now: datetime) -> None:
        today = now.date()
        near = [today + timedelta(days=days) for days in (-1, 0, 1)]
        self._loaded = {day: set() for day in near}
        for day in near:
            self._find(self._store.list_after(day_prefix(day)), remember=True)
        self._listed_near_at = now

    def _list_latest(self, now: datetime) -> None:
        since = (self._polled_at or now) - OVERLAP
        for day in {(since - LONGEST_CALL).date(), now.date()}:
            held = self._loaded.get(day, set())
            after = day_prefix(day) + str(ULID.from_datetime(since))[:10]
            self._pending.update(
                key for key in _keys(self._store.list_after(day_prefix(day), after)) if key not in held
            )

    def _find(self, listed: Iterable[ObjectInfo], *, remember: bool = False) -> None:
        for day, keys in groupby(_keys(listed), day_of):
            there = set(keys)
            held = self._days.held(day).segments | self._days.segments_without_rows(day)
            self._pending |= there - held
            if remember:
                self._loaded[day] = there & held


def _keys(listed: Iterable[ObjectInfo]) -> Iterator[str]:
    """Leaves out what is no segment, such as a file somebody put there."""
    for each in listed:
        try:
            day_of(each.key)
        except ValueError:
            continue
        yield each.key


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or now - last >= every
