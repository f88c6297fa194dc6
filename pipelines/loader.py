"""Brings raw segments into the warehouse, each once, and keeps the derived tables in step.

    loader = Loader(store, days, engine, holder="loader-1")
    loader.load(day, keys)     adds new segments to their day
    loader.derive(day)         makes `sessions` and `usage_hourly` of the day anew
    loader.remodel(day)        makes the whole day anew from the raw log

Every verb holds the day's lease and may die at any step: the tables themselves say which segments they hold, so work
that was not published is done again, and work that was is not. `requests` comes last of a segment's tables: a segment
that it holds is loaded wholly, and one that it does not hold is read again and goes to those tables that lack it. A day
whose derived rows do not carry the newest `loaded_at` of its requests is derived again, whoever changed it and whenever
its process died.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
from sqlalchemy.engine import Engine

from control import epochs, key_spend
from pipelines import quarantine
from pipelines.day_lease import DayLease, day_lease
from pipelines.days import Days
from pipelines.segments import SegmentRows, read_rows
from pipelines.transforms.properties import EDIT_SCHEMA, NO_EDITS, with_edits
from pipelines.transforms.records import Rejected
from pipelines.transforms.requests import KEY
from pipelines.transforms.sessions import sessions
from pipelines.transforms.usage_hourly import usage_hourly
from warehouse.object_store import NotFound, ObjectStore
from warehouse.rawlog.keys import day_prefix
from warehouse.tables import PROPERTY_EDITS, REQUESTS, SCORES, SESSIONS, USAGE_HOURLY

_MICROSECOND = timedelta(microseconds=1)
_NO_IDS = pl.DataFrame(schema=dict.fromkeys(KEY, pl.String()))


@dataclass(frozen=True)
class Loaded:
    """What became of one segment."""

    segment: str
    day: date
    loaded_at: datetime
    row_count: int
    """Rows of `requests`."""
    said_count: int
    """Rows of `scores` and `property_edits`."""
    edited_count: int
    """Requests of earlier segments whose properties it changed."""
    rejected_count: int
    duplicate_count: int
    lag_ms: float
    """From its last completed response until it was loaded."""
    bytes: int


@dataclass(frozen=True)
class Remodelled:
    """What a day consists of after it was made anew."""

    day: date
    segment_count: int
    row_count: int = 0
    said_count: int = 0
    rejected_count: int = 0
    duplicate_count: int = 0

    def plus(self, rows: SegmentRows) -> "Remodelled":
        return replace(
            self,
            row_count=self.row_count + rows.frame.height,
            said_count=self.said_count + rows.said_count,
            rejected_count=self.rejected_count + len(rows.rejected),
            duplicate_count=self.duplicate_count + rows.duplicate_count,
        )


@dataclass
class Loader:
    """Writes the warehouse; several may run, in one process or many."""

    store: ObjectStore
    days: Days
    engine: Engine
    """The application database, which has the leases."""
    holder: str
    """Names this loader in the leases."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    at: Callable[[str], None] = lambda step: None
    """Told every step before it is taken; tests let the process die there."""
    _newest: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)

    def load(self, day: date, keys: Iterable[str]) -> Iterator[Loaded]:
        """Loads those segments that the day does not hold yet, and yields each once it is visible.

        Raises DayTaken, LeaseLost, StoreUnavailable or the driver's error; what was yielded stays loaded.
        """
        with self._lease(day) as lease:
            held = self.days.held(day)
            known = held.segments | self.days.segments_without_rows(day)
            missing = sorted(set(keys) - known)
            edits = self.days.edits_of(day) if missing else NO_EDITS
            for key in missing:
                try:
                    rows = self._read(key)
                    edits = pl.concat([edits, rows.edits.select(EDIT_SCHEMA.names())])
                    loaded = self._load_segment(rows, edits, lease, held.newest_loaded_at)
                except NotFound:
                    continue  # Deleted after it was listed.
                yield loaded

    def derive(self, day: date) -> None:
        """Makes the day's `sessions` and `usage_hourly` anew from its requests; raises as `load`."""
        with self._lease(day) as lease:
            self._derive(day, lease)

    def remodel(self, day: date) -> Remodelled:
        """Makes all of the day anew from the raw log, one segment in memory at a time; raises as `load`.

        This is the way to new prices, to columns that did not exist, and out of the quarantine.
        """
        with self._lease(day) as lease:
            keys = [found.key for found in self.store.list_after(day_prefix(day))]
            counts = Remodelled(day, len(keys))
            loaded_at = self._next_loaded_at(self.days.held(day).newest_loaded_at)
            rejected: dict[str, tuple[Rejected, ...]] = {}
            # The last of them is published first: `requests` holds a segment only when the others do.
            with (
                self.days.replace(REQUESTS, day, self._publish(lease)) as requests,
                self.days.replace(PROPERTY_EDITS, day, self._publish(lease)) as property_edits,
                self.days.replace(SCORES, day, self._publish(lease)) as scores,
            ):
                ids, edits = _NO_IDS, NO_EDITS
                for key in keys:
                    lease.check()
                    rows = self._without(read_rows(self.store, key), ids, except_day=day)
                    ids = pl.concat([ids, _given_ids(rows.frame)])
                    edits = pl.concat([edits, rows.edits.select(EDIT_SCHEMA.names())])
                    requests.add(_loaded_at(rows.frame, loaded_at))
                    property_edits.add(_loaded_at(rows.edits, loaded_at))
                    scores.add(_loaded_at(rows.scores, loaded_at))
                    rejected[key] = rows.rejected
                    counts = counts.plus(rows)
                requests.edit_properties(edits, loaded_at)
            self.at("quarantine")
            for key, each in rejected.items():
                quarantine.put(self.store, key, each)
            self._derive(day, lease)
            # Rows changed in place: answers that were kept are no longer right.
            epochs.bump(self.engine)
            return counts

    def _read(self, key: str) -> SegmentRows:
        self.at("read")
        return self._without(read_rows(self.store, key), _NO_IDS)

    def _load_segment(self, rows: SegmentRows, edits: pl.DataFrame, lease: DayLease, newest: datetime | None) -> Loaded:
        """Adds a segment's rows to its day; `edits` are all of the day's edits, the segment's own among them."""
        day = rows.day
        if rows.rejected:
            self.at("quarantine")
            quarantine.put(self.store, rows.key, rows.rejected)
        loaded_at = self._next_loaded_at(newest)
        edited_count = 0
        self.at("append")
        if not rows.scores.is_empty() and not self.days.holds(SCORES, day, rows.key):
            self.days.append(SCORES, day, _loaded_at(rows.scores, loaded_at), self._publish(lease))
        if not rows.edits.is_empty() and not self.days.holds(PROPERTY_EDITS, day, rows.key):
            # What is loaded is changed first: edits that the table holds are done.
            of_these = edits.join(rows.edits, on=KEY, how="semi")
            edited_count = self.days.edit_properties(day, of_these, loaded_at, self._publish(lease))
            self.days.append(PROPERTY_EDITS, day, _loaded_at(rows.edits, loaded_at), self._publish(lease))
        if not rows.frame.is_empty():
            requests = _loaded_at(with_edits(rows.frame, edits), loaded_at)
            self.days.append(REQUESTS, day, requests, self._publish(lease))
        self.at("journal")
        loaded = Loaded(
            segment=rows.key,
            day=day,
            loaded_at=loaded_at,
            row_count=rows.frame.height,
            said_count=rows.said_count,
            edited_count=edited_count,
            rejected_count=len(rows.rejected),
            duplicate_count=rows.duplicate_count,
            lag_ms=(self.clock() - (rows.last_completed_at or loaded_at)) / timedelta(milliseconds=1),
            bytes=rows.size,
        )
        self.days.journal([asdict(loaded)])
        return loaded

    def _derive(self, day: date, lease: DayLease) -> None:
        self.at("derive")
        self._settle_spend(day)
        requests = self.days.requests_of(day).lazy()
        # usage_hourly comes last: its loaded_at says that both are done.
        for table, transform in ((SESSIONS, sessions), (USAGE_HOURLY, usage_hourly)):
            rows = transform(requests).collect()
            with self.days.replace(table, day, self._publish(lease)) as staged:
                staged.add(rows)
            self.at(f"derived {table.name}")

    def _settle_spend(self, day: date) -> None:
        """Tells the gateways what keys with long limits used on that day."""
        key_ids = key_spend.keys_to_settle(self.engine)
        if key_ids:
            self.at("spend")
            key_spend.settle(self.engine, self.days.key_spend(day, key_ids), now=self.clock())

    @contextmanager
    def _lease(self, day: date) -> Iterator[DayLease]:
        self.at("lease")
        with day_lease(self.engine, day, self.holder) as lease:
            self.days.discard_staged(day)
            yield lease

    def _publish(self, lease: DayLease) -> Callable[[], None]:
        def check() -> None:
            lease.check()
            self.at("publish")

        return check

    def _without(self, rows: SegmentRows, ids: pl.DataFrame, except_day: date | None = None) -> SegmentRows:
        """Leaves out rows whose id, chosen by the caller, is among the ids or in the warehouse."""
        given = _given_ids(rows.frame)
        if given.is_empty():
            return rows
        known = pl.concat([ids, self.days.known_ids(given, except_day)])
        kept = rows.frame.join(known, on=KEY, how="anti", maintain_order="left")
        return replace(rows, frame=kept, duplicate_count=rows.duplicate_count + rows.frame.height - kept.height)

    def _next_loaded_at(self, newest: datetime | None) -> datetime:
        """Returns now, or later where the clock did not move on or another loader's clock is ahead."""
        self._newest = max(self.clock(), self._newest + _MICROSECOND, (newest or self._newest) + _MICROSECOND)
        return self._newest


def _given_ids(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter("request_id_given").select(KEY)


def _loaded_at(rows: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    return rows.with_columns(pl.lit(moment, pl.Datetime("us", "UTC")).alias("loaded_at"))
