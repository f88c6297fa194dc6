"""The sensor that loads: its tick works in the warm process for most of a minute, and the next follows at once.

A run in a process of its own takes ten seconds to begin, a tick's poll a fraction of one. A tick reports one
materialization for every day it loaded into, with counts; facts of single segments are in the table `loads`. What
2,200 ticks a day leave takes 15 MB of Dagster's SQLite; three days are kept (`history.py`), so it stays below 60 MB.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import dagster as dg

from pipelines.assets import REQUESTS_KEY, SUM_KEYS
from pipelines.health import QUESTIONS, Question, Verdict
from pipelines.loading.watch import OUTAGES, TickReport, Watch

Event = dg.AssetObservation | dg.AssetMaterialization | dg.AssetCheckEvaluation

_logger = logging.getLogger(__name__)


class LoadingBlocked(Exception):
    """The tick could load nothing, because a store cannot be reached. The next tick tries again; nothing is lost."""


def load_sensor(watch: Watch, *, tick_seconds: float, check_seconds: float) -> dg.SensorDefinition:
    slow_events = SlowEvents(watch, timedelta(seconds=check_seconds))

    @dg.sensor(
        name="load",
        asset_selection=[REQUESTS_KEY],
        minimum_interval_seconds=1,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Loads raw segments as they come. Reset its cursor to have everything listed again at once.",
    )
    def load(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        if context.cursor is None:
            watch.discovery.look_again()
        report = watch.tick(tick_seconds)
        if report is None:
            return dg.SkipReason("an earlier tick still works")
        if report.outage and not report.loaded:
            raise LoadingBlocked(report.outage)
        events: list[Event] = [*_loaded_days(report), *slow_events.due(report, context.instance)]
        return dg.SensorResult(
            skip_reason=None if events else f"nothing new came; {report.pending} segments wait",
            asset_events=events,
            cursor=f"everything was listed at {watch.discovery.listed_all_at}",
        )

    return load


class SlowEvents:
    """What is reported every now and then, so that the event log grows slowly: checks, and days that were derived."""

    def __init__(self, watch: Watch, every: timedelta) -> None:
        self._watch = watch
        self._every = every
        self._reported_at: datetime | None = None
        self._derived: set[date] = set()

    def due(self, report: TickReport, instance: dg.DagsterInstance) -> list[Event]:
        """Takes note of the tick; returns the events if it is time for them, else none."""
        self._derived |= report.derived
        loader = self._watch.loader
        now = loader.clock()
        if self._reported_at is not None and now - self._reported_at < self._every:
            return []
        try:
            checked = [_evaluation(question, question.ask(loader.store, loader.days, now)) for question in QUESTIONS]
            unreported = self._unreported(instance, {day.isoformat() for day in report.days})
        except OUTAGES as error:
            _logger.warning("checks wait: %s", error)
            return []
        derived = [
            dg.AssetMaterialization(key, partition=day.isoformat()) for day in sorted(self._derived) for key in SUM_KEYS
        ]
        self._reported_at = now
        self._derived.clear()
        return [*unreported, *derived, *checked]

    def _unreported(self, instance: dg.DagsterInstance, told: set[str]) -> list[Event]:
        """Days that others loaded, as the demo data are: their partitions would look as if they were missing."""
        days = {day.isoformat() for day, _ in self._watch.loader.days.ask("oldest_loads")} - told
        events: list[Event] = []
        for key in (REQUESTS_KEY, *SUM_KEYS):
            known = instance.get_materialized_partitions(key)
            events.extend(dg.AssetMaterialization(key, partition=day) for day in sorted(days - known))
        return events


def _evaluation(question: Question, verdict: Verdict) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(REQUESTS_KEY, question.name, verdict.passed, metadata=dict(verdict.numbers))


def _loaded_days(report: TickReport) -> Iterator[dg.AssetMaterialization]:
    for day in report.days:
        loaded = report.of_day(day)
        yield dg.AssetMaterialization(
            REQUESTS_KEY,
            partition=day.isoformat(),
            metadata={
                "segments": len(loaded),
                "rows": sum(each.row_count for each in loaded),
                "rejected": sum(each.rejected_count for each in loaded),
                "duplicates": sum(each.duplicate_count for each in loaded),
                "longest_lag_ms": max(each.lag_ms for each in loaded),
            },
        )
