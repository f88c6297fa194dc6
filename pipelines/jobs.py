"""Jobs that operators and schedules launch: making days anew, and keeping Dagster's history small.

A job that makes days anew works through them in one process and says of every day when it is done. If its process is
killed, Dagster launches it again by itself, up to ten times, and it goes on with the days that are left: all tries
share the moment at which the first one was asked for.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from pipelines.assets import REQUESTS_KEY
from pipelines.history import prune
from pipelines.loading.backfill import quarantined, remodel_days, unfinished
from pipelines.loading.loader import Loader

_RESUMED = {"dagster/max_retries": "10", "dagster/retry_strategy": "ALL_STEPS"}


class WhichDays(dg.Config):
    """Which days; all of them if nothing is said."""

    first_day: str | None = None
    """The first day, such as 2026-11-20."""
    last_day: str | None = None
    """The last day, included."""


@dg.op
def reprice_days(context: dg.OpExecutionContext, config: WhichDays, loader: dg.ResourceParam[Loader]) -> None:
    """Makes anew the days that no earlier try finished."""
    days = unfinished(loader, _asked_at(context), _day(config.first_day), _day(config.last_day))
    _make_anew(context, loader, days)


@dg.op
def replay_quarantine(context: dg.OpExecutionContext, loader: dg.ResourceParam[Loader]) -> None:
    """Makes anew the days of which something was in quarantine when the first try began."""
    _make_anew(context, loader, quarantined(loader, before=_asked_at(context)))


@dg.job(tags=_RESUMED)
def reprice() -> None:
    """Makes days anew from the raw log, with the prices that are known now for their dates."""
    reprice_days()


@dg.job(tags=_RESUMED)
def quarantine_replay() -> None:
    """Makes those days anew of which lines are in quarantine: what can be read by now gets its rows."""
    replay_quarantine()


def prune_history(keep: timedelta) -> dg.JobDefinition:
    """The job that removes runs, events and answers of checks that are older than that."""

    @dg.op
    def prune_old(context: dg.OpExecutionContext) -> None:
        """Removes what is old and says how much that was."""
        context.log.info(f"removed {prune(context.instance, datetime.now(UTC) - keep)}")  # noqa: G004 - its own logger

    @dg.job(name="prune_history", description=f"Removes what is older than {keep.days} days from Dagster's storage.")
    def job() -> None:
        prune_old()

    return job


def schedules(prune: dg.JobDefinition) -> list[dg.ScheduleDefinition]:
    """When these jobs run by themselves; making days anew is for people to ask for."""
    every_night = dg.ScheduleDefinition(
        job=prune,
        cron_schedule="20 3 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Keeps Dagster's storage small, every night at 03:20 UTC.",
    )
    return [every_night]


def _make_anew(context: dg.OpExecutionContext, loader: Loader, days: Sequence[date]) -> None:
    context.log.info(f"{len(days)} days to make anew")  # noqa: G004
    for made in remodel_days(loader, days):
        counts = {"segments": made.segment_count, "rows": made.row_count, "rejected": made.rejected_count}
        context.log_event(dg.AssetMaterialization(REQUESTS_KEY, partition=made.day.isoformat(), metadata=counts))


def _asked_at(context: dg.OpExecutionContext) -> datetime:
    """When the first try of this run was created."""
    record = context.instance.get_run_record_by_id(context.run.root_run_id or context.run_id)
    assert record
    return record.create_timestamp


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
