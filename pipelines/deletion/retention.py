"""Deletes what organizations do not want to keep any longer: whole UTC days, by the rule of each.

Rows, previews and what is derived of them leave a day together. A segment of which nothing is left is dropped, so that
it takes no room; in the others the expired lines are blanked. Every step may be done twice.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from control import epochs, retention
from control.retention import Retention
from pipelines.blanking.selections import Selection
from pipelines.deletion.clean_day import Cleaner, Counts
from pipelines.deletion.days_of_requests import days_of_raw_log, days_with_rows
from pipelines.deletion.kept_answers import delete_answers, delete_cached_before
from warehouse.object_store import ObjectStore

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Retainer:
    """Applies the rules to all stores of an installation."""

    cleaner: Cleaner
    results: ObjectStore
    """Answers and exports of queries."""
    cache: ObjectStore
    """The gateways' response cache."""

    def work(self) -> dict[UUID, Counts]:
        """Deletes what is expired, the oldest day first, and returns how much, by organization.

        Raises DayTaken, LeaseLost, StoreUnavailable or WarehouseError; what was done stays done.
        """
        engine = self.cleaner.loader.engine
        today = self.cleaner.loader.clock().date()
        firsts = {rule: first for rule in retention.rules(engine) if (first := rule.first_kept(today))}
        removed: dict[UUID, Counts] = {rule.organization_id: {} for rule in firsts}
        expired = {rule: self._expired_days(rule, first) for rule, first in firsts.items()}
        for day in sorted(set().union(*expired.values())):
            concerned = [rule.organization_id for rule, days in expired.items() if day in days]
            counts = self.cleaner.clean(day, [Selection(each) for each in concerned], drops_empty=True)
            for organization_id, found in zip(concerned, counts, strict=True):
                _add(removed[organization_id], found)
        for rule, first in firsts.items():
            _add(removed[rule.organization_id], self._sweep(rule.organization_id, first))
            retention.applied(engine, rule.organization_id, first)
        return removed

    def _expired_days(self, rule: Retention, first: date) -> set[date]:
        """Days that have expired rows, and those that nobody looked through since they expired."""
        last_moment = _midnight(first) - timedelta(microseconds=1)
        new = {
            day
            for day in days_of_raw_log(self.cleaner.loader.store)
            if day < first and (rule.applied_until is None or day >= rule.applied_until)
        }
        return new | set(days_with_rows(self.cleaner.client, Selection(rule.organization_id, last_moment)))

    def _sweep(self, organization_id: UUID, first: date) -> Counts:
        """Rows left in place: answers that were kept are no longer right. Exports go by their own age."""
        epochs.bump(self.cleaner.loader.engine)
        return {
            "query_results": delete_answers(self.results, organization_id),
            "cached_responses": delete_cached_before(self.cache, organization_id, _midnight(first)),
        }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _add(sums: Counts, found: Counts) -> None:
    for name, count in found.items():
        sums[name] = sums.get(name, 0) + count
