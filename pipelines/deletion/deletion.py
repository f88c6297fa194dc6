"""Works on deletions until each has reached every store.

A deletion looks through everything once, deletes what it finds, and sweeps what is kept beside the tables. Then it
waits until every gateway has shipped what it took before, and until the warehouse has removed the parts that were
replaced, and looks through everything again. A look that finds nothing is the last one. Every step is written down when
it is done and may be done twice, so it goes on wherever it was interrupted.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from clickhouse_connect.driver.client import Client
from sqlalchemy.engine import Engine

from control import deletions, epochs, leases, traces
from control.database import forget_deleted
from control.deletions import Deletion
from pipelines.blanking.selections import Selection
from pipelines.deletion.clean_day import Cleaner, Counts
from pipelines.deletion.days_of_requests import days_of_raw_log, days_with_rows
from pipelines.deletion.kept_answers import delete_cached, delete_results
from pipelines.deletion.outdated_parts import clear_outdated_parts
from pipelines.loading.day_lease import LIFETIME, DayLease, DayTaken, LeaseLost
from pipelines.loading.prolonged import prolonged
from warehouse.clickhouse import WarehouseError
from warehouse.object_store import ObjectStore, StoreUnavailable
from warehouse.rawlog.signs import not_shipped

SETTLE = timedelta(minutes=2)
"""How long after a look the next one begins at the earliest: a query that was running then has ended by it, and every
gateway knows that what it had cached is not to be served."""

LEASE = "deletions"
"""The right to work on deletions: one process at a time does."""

_AGAIN = timedelta(seconds=30)
_DAY_TRIES = 120
_DAY_PAUSE_SECONDS = 0.5

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Deleter:
    """Deletes from all stores of an installation."""

    cleaner: Cleaner
    results: ObjectStore
    """Answers and exports of queries."""
    cache: ObjectStore
    """The gateways' response cache."""
    settle: timedelta = SETTLE
    sleep: Callable[[float], None] = time.sleep

    def work(self) -> list[Deletion]:
        """Does what can be done now, and returns the deletions as they are then; none while another works on them."""
        taken = leases.acquire(self._engine, LEASE, self.cleaner.loader.holder, LIFETIME)
        if taken is None:
            return []
        lease = DayLease(self._engine, taken)
        try:
            with prolonged(lease):
                return self._work()
        finally:
            lease.release()

    def _work(self) -> list[Deletion]:
        worked = {each.id: each for each in deletions.due(self._engine, now=self._now())}
        for each in worked.values():
            worked[each.id] = self._guarded(each, self._begin_look)
        for day in sorted({day for each in worked.values() for day in each.days_left or ()}, reverse=True):
            self._work_on_day(day, worked)
        for each in worked.values():
            if each.days_left == () and each.problem is None:
                worked[each.id] = self._guarded(each, self._end_look)
        return list(worked.values())

    @property
    def _engine(self) -> Engine:
        return self.cleaner.loader.engine

    @property
    def _client(self) -> Client:
        return self.cleaner.client

    def _now(self) -> datetime:
        return self.cleaner.loader.clock()

    def _guarded(self, deletion: Deletion, step: Callable[[Deletion], Deletion]) -> Deletion:
        """Takes a step; what fails is written down and tried again later."""
        try:
            after = step(replace(deletion, problem=None))
        except (StoreUnavailable, WarehouseError, DayTaken, LeaseLost) as error:
            _logger.warning("deletion %s waits: %s", deletion.id, error)
            after = replace(
                deletion, problem="a store does not answer; it is tried again", next_at=self._now() + _AGAIN
            )
        return deletions.save(self._engine, after)

    def _begin_look(self, deletion: Deletion) -> Deletion:
        """Finds the days to look through, if it is time for that."""
        if deletion.days_left is not None:
            return replace(deletion, next_at=None)
        if deletion.state == "settling":
            if waits_for := self._waits_for(deletion):
                return replace(deletion, problem=waits_for, next_at=self._now() + _AGAIN)
        else:
            # From now on no gateway serves, nor keeps, an answer that was made before.
            epochs.bump(self._engine, epochs.cache_of(deletion.organization_id))
            deletion = replace(deletion, state="deleting")
        with_rows, others = self._days(deletion)
        return replace(
            deletion,
            days_left=tuple(sorted({*deletion.days_touched, *with_rows, *others})),
            # Written down before anything is deleted: a day that was left half done has no rows that tell of it.
            days_touched=tuple(sorted({*deletion.days_touched, *with_rows})),
            removed_in_pass=0,
            next_at=None,
        )

    def _waits_for(self, deletion: Deletion) -> str | None:
        """Says what has to happen before another look is of use; None if nothing has."""
        raw_log = self.cleaner.loader.store
        if writers := not_shipped(raw_log, deletion.requested_at, self._now()):
            return f"records from before may still be on the disks of {', '.join(writers)}"
        swept_at = deletion.swept_at or deletion.requested_at
        if clear_outdated_parts(self._client, deletion.days_touched, swept_at):
            return "the warehouse still holds files that it replaced"
        return None

    def _days(self, deletion: Deletion) -> tuple[set[date], set[date]]:
        """The days that have rows of such requests, and those that may have lines without a row."""
        selection = Selection.of(deletion)
        with_rows = days_with_rows(self._client, selection)
        last_day = deletion.requested_at.date()
        others = {day for day in days_of_raw_log(self.cleaner.loader.store) if day <= last_day} - with_rows
        return with_rows, {day for day in others if self.cleaner.unaccounted(day, [selection])}

    def _work_on_day(self, day: date, worked: dict[UUID, Deletion]) -> None:
        """Deletes from one day for everybody who still has it before them, and writes that down."""
        concerned = [each for each in worked.values() if day in (each.days_left or ())]
        orphans_of = {number for number, each in enumerate(concerned) if each.state == "settling"}
        try:
            counts = self._clean(day, [Selection.of(each) for each in concerned], orphans_of)
        except (StoreUnavailable, WarehouseError, DayTaken, LeaseLost) as error:
            _logger.warning("deletions of %s wait: %s", day, error)
            for each in concerned:
                waits = replace(each, problem=f"{day} cannot be worked on now", next_at=self._now() + _AGAIN)
                worked[each.id] = deletions.save(self._engine, waits)
            return
        for each, found in zip(concerned, counts, strict=True):
            removed = sum(found.values())
            touched = {*each.days_touched, day} if removed else each.days_touched
            after = replace(
                each,
                days_left=tuple(left for left in each.days_left or () if left != day),
                days_touched=tuple(sorted(touched)),
                removed_in_pass=each.removed_in_pass + removed,
            )
            worked[each.id] = deletions.save(self._engine, after, found)

    def _clean(self, day: date, selections: list[Selection], orphans_of: set[int]) -> list[Counts]:
        """A day that somebody loads into is free again in a moment."""
        for _ in range(_DAY_TRIES):
            try:
                return self.cleaner.clean(day, selections, orphans_of=orphans_of)
            except DayTaken:
                self.sleep(_DAY_PAUSE_SECONDS)
        return self.cleaner.clean(day, selections, orphans_of=orphans_of)

    def _end_look(self, deletion: Deletion) -> Deletion:
        """Sweeps what is kept beside the tables; ends the deletion if the second look or a later one found nothing."""
        self.cleaner.loader.at("sweep")
        swept = self._sweep(deletion)
        now = self._now()
        again = replace(deletion, state="settling", days_left=None, swept_at=now, next_at=now + self.settle)
        if deletion.state == "deleting" or deletion.removed_in_pass:
            return deletions.save(self._engine, again, swept)
        # Nothing is left that the user's id would find.
        again = deletions.save(self._engine, replace(again, subject=replace(deletion.subject, user_id=None)), swept)
        if not forget_deleted(self._engine):
            return replace(again, problem="the application database is busy")
        return replace(again, state="done", next_at=None, finished_at=now)

    def _sweep(self, deletion: Deletion) -> Counts:
        organization_id, user_id = deletion.organization_id, deletion.subject.user_id
        # Rows changed in place: answers that were kept are no longer right.
        epochs.bump(self._engine)
        counts: Counts = {}
        if deletion.state == "deleting":
            counts["stopped_jobs"] = traces.stop_jobs(self._engine, organization_id, now=self._now())
        if user_id is not None:
            counts |= traces.forget_user(self._engine, organization_id, user_id)
            if deletion.state == "deleting":
                named = traces.saved_queries_naming(self._engine, organization_id, user_id)
                counts["saved_queries_that_name_the_user"] = named
        elif deletion.subject.is_organization and deletion.state == "deleting":
            counts |= traces.forget_organization(self._engine, organization_id)
        counts["query_results"] = delete_results(self.results, organization_id)
        epoch = epochs.current(self._engine, epochs.cache_of(organization_id))
        counts["cached_responses"] = delete_cached(self.cache, organization_id, epoch)
        return counts
