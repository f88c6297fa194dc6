"""The sensor that loads: its tick works in the warm process for most of a minute, and the next follows at once.

A run in a process of its own takes ten seconds to begin, a tick's poll a fraction of one. A tick reports one
materialization for every day it loaded into, with counts; facts of single segments are in the table `loads`.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import dagster as dg

from pipelines.assets import REQUESTS_KEY
from pipelines.health import QUESTIONS
from pipelines.watch import OUTAGES, TickReport, Watch

_logger = logging.getLogger(__name__)


class LoadingBlocked(Exception):
    """The tick could load nothing, because a store cannot be reached. The next tick tries again; nothing is lost."""


def load_sensor(watch: Watch, *, tick_seconds: float, check_seconds: float) -> dg.SensorDefinition:
    checks = Checks(watch, timedelta(seconds=check_seconds))

    @dg.sensor(
        name="load",
        target=[REQUESTS_KEY],
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
        events: list[dg.AssetMaterialization | dg.AssetCheckEvaluation] = [*_materializations(report), *checks.due()]
        return dg.SensorResult(
            skip_reason=None if events else f"nothing new came; {report.pending} segments wait",
            asset_events=list(events),
            cursor=f"everything was listed at {watch.discovery.listed_all_at}",
        )

    return load


class Checks:
    """Answers the questions of `health.py` every now and then."""

    def __init__(self, watch: Watch, every: timedelta) -> None:
        self._watch = watch
        self._every = every
        self._checked_at: datetime | None = None

    def due(self) -> list[dg.AssetCheckEvaluation]:
        """Returns the evaluations if it is time for them, else none."""
        loader = self._watch.loader
        now = loader.clock()
        if self._checked_at is not None and now - self._checked_at < self._every:
            return []
        try:
            verdicts = [(question, question.ask(loader.store, loader.days, now)) for question in QUESTIONS]
        except OUTAGES as error:
            _logger.warning("checks wait: %s", error)
            return []
        self._checked_at = now
        return [
            dg.AssetCheckEvaluation(REQUESTS_KEY, question.name, verdict.passed, metadata=dict(verdict.numbers))
            for question, verdict in verdicts
        ]


def _materializations(report: TickReport) -> Iterator[dg.AssetMaterialization]:
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
