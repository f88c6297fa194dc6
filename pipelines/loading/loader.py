"""Brings raw segments into the warehouse, each once, and keeps the derived tables in step.

    loader = Loader(store, days, engine, holder="loader-1")
    loader.load(day, keys)     adds new segments to their day
    loader.derive(day)         makes what sums up its requests anew
    loader.remodel(day)        makes the whole day anew from the raw log

Every verb holds the day's lease and may die at any step: the tables themselves say which segments they hold, so work
that was not published is done again, and work that was is not. `requests` comes last of a segment's tables: a segment
that it holds is loaded wholly, and one that it does not hold is read again and goes to those tables that lack it. A day
whose derived rows do not carry the newest `loaded_at` of its requests is derived again, whoever changed it and whenever
its process died.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
from sqlalchemy.engine import Engine

from control import epochs, key_spend
from pipelines.blanking.late_deletions import LateDeletions
from pipelines.loading import quarantine
from pipelines.loading.ahead import ahead
from pipelines.loading.day_lease import DayLease, day_lease
from pipelines.loading.days import Days
from pipelines.loading.prolonged import prolonged
from pipelines.loading.segments import Batch, read_batches
from pipelines.transforms.properties import EDIT_SCHEMA, NO_EDITS, with_edits
from pipelines.transforms.records import Rejected
from pipelines.transforms.requests import KEY
from pipelines.transforms.sessions import sessions
from pipelines.transforms.usage_hourly import usage_hourly
from pipelines.transforms.users_daily import users_daily
from providers.pricing import INSTALLED, PriceBook
from warehouse.object_store import NotFound, ObjectStore
from warehouse.rawlog.keys import day_prefix
from warehouse.tables import PROPERTY_EDITS, REQUESTS, SCORES, SESSIONS, USAGE_HOURLY, USERS_DAILY, Table

_MICROSECOND = timedelta(microseconds=1)


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

    def plus(self, batch: Batch) -> "Remodelled":
        return replace(
            self,
            row_count=self.row_count + batch.frame.height,
            said_count=self.said_count + batch.said_count,
            rejected_count=self.rejected_count + len(batch.rejected),
            duplicate_count=self.duplicate_count + batch.duplicate_count,
        )

    def with_rows(self, row_count: int) -> "Remodelled":
        """The same after doubles were left out."""
        doubles = self.row_count - row_count
        return replace(self, row_count=row_count, duplicate_count=self.duplicate_count + doubles)


@dataclass
class Loader:
    """Writes the warehouse; several may run, in one process or many."""

    store: ObjectStore
    days: Days
    engine: Engine
    """The application database, which has the leases."""
    holder: str
    """Names this loader in the leases."""
    prices: Callable[[], PriceBook] = lambda: INSTALLED
    """Returns the prices that hold now for what is loaded next."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    at: Callable[[str], None] = lambda step: None
    """Told every step before it is taken; tests let the process die there."""
    _newest: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)

    def load(self, day: date, keys: Iterable[str], enough: Callable[[], bool] = lambda: False) -> Iterator[Loaded]:
        """Loads those segments that the day does not hold yet, and yields each once it is visible.

        Several become visible at once, each wholly; the next ones are read meanwhile. Ends early when there are no
        more than what was begun and `enough` says so. Raises DayTaken, LeaseLost, StoreUnavailable or the driver's
        error; what was yielded stays loaded.
        """
        with self._lease(day) as lease:
            held = self.days.held(day)
            missing = sorted(set(keys) - held.segments - self.days.segments_without_rows(day))
            if not missing:
                return
            edits = self.days.edits_of(day)
            late = LateDeletions(self.engine, missing)
            with closing(ahead(read_batches(self.store, self._readable(missing, late), self.prices()))) as batches:
                for batch in batches:
                    edits = pl.concat([edits, batch.edits.select(EDIT_SCHEMA.names())])
                    yield from self._load_batch(self._without_known(batch), edits, lease, held.newest_loaded_at)
                    if enough():
                        return

    def derive(self, day: date) -> None:
        """Makes the day's `sessions`, `users_daily` and `usage_hourly` anew from its requests; raises as `load`."""
        with self._lease(day) as lease:
            self._derive(day, lease)

    def remodel(self, day: date) -> Remodelled:
        """Makes all of the day anew from the raw log, one segment in memory at a time; raises as `load`.

        This is the way to new prices, to columns that did not exist, and out of the quarantine.
        """
        with self._lease(day) as lease:
            keys = [found.key for found in self.store.list_after(day_prefix(day))]
            counts = Remodelled(day, len(keys))
            held = self.days.held(day)
            late = LateDeletions(self.engine, set(keys) - held.segments)
            loaded_at = self._next_loaded_at(held.newest_loaded_at)
            rejected: dict[str, tuple[Rejected, ...]] = {}
            # The last of them is published first: `requests` holds a segment only when the others do.
            with (
                self.days.replace(REQUESTS, day, self._publish(lease)) as requests,
                self.days.replace(PROPERTY_EDITS, day, self._publish(lease)) as property_edits,
                self.days.replace(SCORES, day, self._publish(lease)) as scores,
                closing(ahead(read_batches(self.store, self._readable(keys, late), self.prices()))) as batches,
            ):
                edits = NO_EDITS
                for each in batches:
                    lease.check()
                    batch = self._without_known(each, except_day=day)
                    edits = pl.concat([edits, batch.edits.select(EDIT_SCHEMA.names())])
                    requests.add(_loaded_at(batch.frame, loaded_at))
                    property_edits.add(_loaded_at(batch.edits, loaded_at))
                    scores.add(_loaded_at(batch.scores, loaded_at))
                    rejected |= {facts.key: facts.rejected for facts in batch.segments}
                    counts = counts.plus(batch)
                lease.check()
                requests.drop_doubles()
                counts = counts.with_rows(requests.row_count)
                requests.edit_properties(edits, loaded_at)
            self.at("quarantine")
            for key, reasons in rejected.items():
                quarantine.put(self.store, key, reasons)
            self._derive(day, lease)
            # Rows changed in place: answers that were kept are no longer right.
            epochs.bump(self.engine)
            return counts

    def _readable(self, keys: Iterable[str], late: LateDeletions) -> Iterator[str]:
        """Yields the keys, each when its segment may be read."""
        for key in keys:
            self.at("read")
            with suppress(NotFound):
                late.take_out(self.store, key)
            yield key

    def _load_batch(
        self, batch: Batch, edits: pl.DataFrame, lease: DayLease, newest: datetime | None
    ) -> Sequence[Loaded]:
        """Adds the rows of some segments to their day; `edits` are all of the day's edits, theirs among them."""
        day = batch.day
        for facts in batch.segments:
            if facts.rejected:
                self.at("quarantine")
                quarantine.put(self.store, facts.key, facts.rejected)
        loaded_at = self._next_loaded_at(newest)
        self.at("append")
        scores, said = self._lacking(SCORES, batch.scores, day), self._lacking(PROPERTY_EDITS, batch.edits, day)
        edited_count = 0
        if not scores.is_empty():
            self.days.append(SCORES, day, _loaded_at(scores, loaded_at), self._publish(lease))
        if not said.is_empty():
            # What is loaded is changed first: edits that the table holds are done.
            of_these = edits.join(said, on=KEY, how="semi")
            edited_count = self.days.edit_properties(day, of_these, loaded_at, self._publish(lease))
            self.days.append(PROPERTY_EDITS, day, _loaded_at(said, loaded_at), self._publish(lease))
        if not batch.frame.is_empty():
            with self.days.addition(REQUESTS, day, self._publish(lease)) as requests:
                added = requests.add_unknown(_loaded_at(with_edits(batch.frame, edits), loaded_at))
            batch = replace(batch, frame=added)
        self.at("journal")
        loaded = self._loaded(batch, loaded_at, edited_count)
        self.days.journal([asdict(each) for each in loaded])
        return loaded

    def _lacking(self, table: Table, rows: pl.DataFrame, day: date) -> pl.DataFrame:
        """Returns the rows of those segments of which the table has none."""
        if rows.is_empty():
            return rows
        return rows.filter(~pl.col("segment").is_in(self.days.holding(table, day, rows["segment"].unique().to_list())))

    def _loaded(self, batch: Batch, loaded_at: datetime, edited_count: int) -> list[Loaded]:
        rows, said, completed_at = batch.row_counts(), batch.said_counts(), batch.last_completed_at()
        now = self.clock()
        return [
            Loaded(
                segment=facts.key,
                day=batch.day,
                loaded_at=loaded_at,
                row_count=rows.get(facts.key, 0),
                said_count=said.get(facts.key, 0),
                # Edits of several segments are applied together.
                edited_count=edited_count if facts is batch.segments[0] else 0,
                rejected_count=len(facts.rejected),
                duplicate_count=facts.request_count - rows.get(facts.key, 0),
                lag_ms=(now - completed_at.get(facts.key, loaded_at)) / timedelta(milliseconds=1),
                bytes=facts.size,
            )
            for facts in batch.segments
        ]

    def _derive(self, day: date, lease: DayLease) -> None:
        self.at("derive")
        self._settle_spend(day)
        # usage_hourly is published last: its loaded_at says that all are done.
        with self.days.replace(USAGE_HOURLY, day, self._publish(lease)) as hours:
            with (
                self.days.replace(USERS_DAILY, day, self._publish(lease)) as users,
                self.days.replace(SESSIONS, day, self._publish(lease)) as of_sessions,
            ):
                for requests in self.days.requests_of(day):
                    of_sessions.add(sessions(requests.lazy()).collect())
                    users.add(users_daily(requests.lazy()).collect())
                    hours.add(usage_hourly(requests.lazy()).collect())
            self.at(f"derived {SESSIONS.name}")
        self.at(f"derived {USAGE_HOURLY.name}")

    def _settle_spend(self, day: date) -> None:
        """Tells the gateways what keys with long limits used on that day."""
        key_ids = key_spend.keys_to_settle(self.engine)
        if key_ids:
            self.at("spend")
            key_spend.settle(self.engine, self.days.key_spend(day, key_ids), now=self.clock())

    @contextmanager
    def _lease(self, day: date) -> Iterator[DayLease]:
        self.at("lease")
        with day_lease(self.engine, day, self.holder) as lease, prolonged(lease):
            self.days.discard_staged(day)
            yield lease

    def _publish(self, lease: DayLease) -> Callable[[], None]:
        def check() -> None:
            lease.check()
            self.at("publish")

        return check

    def _without_known(self, batch: Batch, except_day: date | None = None) -> Batch:
        """Leaves out rows whose id, chosen by the caller, is in the warehouse on other days than that one."""
        given = batch.frame.filter("request_id_given").select(KEY)
        if given.is_empty():
            return batch
        known = self.days.known_ids(given, except_day)
        return replace(batch, frame=batch.frame.join(known, on=KEY, how="anti", maintain_order="left"))

    def _next_loaded_at(self, newest: datetime | None) -> datetime:
        """Returns now, or later where the clock did not move on or another loader's clock is ahead."""
        self._newest = max(self.clock(), self._newest + _MICROSECOND, (newest or self._newest) + _MICROSECOND)
        return self._newest


def _loaded_at(rows: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    return rows.with_columns(pl.lit(moment, pl.Datetime("us", "UTC")).alias("loaded_at"))
