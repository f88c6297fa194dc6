"""Deletion and retention in Dagster: runs of their own, so that a deletion of a year holds up no loading."""

import dagster as dg
from sqlalchemy.engine import Engine

from control import deletions
from pipelines.deletion.deletion import Deleter
from pipelines.deletion.retention import Retainer

LOOK_SECONDS = 30


@dg.op
def delete_what_was_asked(context: dg.OpExecutionContext, deleter: dg.ResourceParam[Deleter]) -> None:
    """Does what can be done now for every deletion that is not done."""
    for each in deleter.work():
        context.log.info(f"deletion {each.id} is {each.state}: {each.counts}")  # noqa: G004 - its own logger


@dg.op(retry_policy=dg.RetryPolicy(max_retries=5, delay=60))
def delete_what_expired(context: dg.OpExecutionContext, retainer: dg.ResourceParam[Retainer]) -> None:
    """Deletes the days that organizations do not want to keep any longer."""
    for organization_id, counts in retainer.work().items():
        context.log.info(f"expired data of {organization_id}: {counts}")  # noqa: G004 - its own logger


@dg.job
def deletion() -> None:
    """Deletes requests of users or organizations from every store; what was interrupted goes on in the next run."""
    delete_what_was_asked()


@dg.job
def retention() -> None:
    """Deletes what is older than the days that each organization keeps."""
    delete_what_expired()


_UNFINISHED = dg.RunsFilter(
    job_name=deletion.name,
    statuses=[
        dg.DagsterRunStatus.QUEUED,
        dg.DagsterRunStatus.NOT_STARTED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ],
)


def deletion_sensor(engine: Engine) -> dg.SensorDefinition:
    @dg.sensor(
        name="deletions",
        job_name=deletion.name,
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Launches a run while deletions have something to do.",
    )
    def deletions_wait(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if not deletions.due(engine):
            return dg.SkipReason("no deletion has anything to do")
        # It may wait in the queue for hours, while a long history is made anew.
        if context.instance.get_runs(_UNFINISHED, limit=1):
            return dg.SkipReason("a run is under way")
        return dg.RunRequest()

    return deletions_wait


def retention_schedule() -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        job=retention,
        cron_schedule="40 2 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Deletes whole days that organizations do not want to keep, every night at 02:40 UTC.",
    )
