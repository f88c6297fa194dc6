"""Queries that run without anybody waiting: what was asked, how far it is, how it ended.

Whoever runs a job says every few seconds that it is still there. A job that was not heard of for a while has lost its
process, and is told as failed from then on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from control.clock import utc
from control.errors import TooManyJobs
from control.tables import query_jobs

State = Literal["queued", "running", "done", "failed", "cancelled"]

ACTIVE: tuple[State, ...] = ("queued", "running")
MOST_ACTIVE = 3
"""Jobs of one organization at a time."""

MOST_KEPT = 100
KEPT_FOR = timedelta(days=7)
LOST_AFTER = timedelta(seconds=30)
LOST: Mapping[str, Any] = {
    "code": "interrupted",
    "message": "the api stopped before the job was done",
    "hint": "run it again",
}
"""What is told of a job whose process is gone."""


@dataclass(frozen=True)
class Spec:
    """What is asked."""

    sql: str
    parameters: Mapping[str, Any]
    format: str


@dataclass(frozen=True)
class Progress:
    """How much is written."""

    row_count: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class QueryJob:
    """One job."""

    id: UUID
    organization_id: UUID
    spec: Spec
    state: State
    created_at: datetime
    created_by: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: Progress = Progress()
    error: Mapping[str, Any] | None = None


def create(engine: Engine, organization_id: UUID, spec: Spec, *, by: str, now: datetime | None = None) -> QueryJob:
    """Makes a job that waits to be run; raises TooManyJobs."""
    moment = utc(now)
    made = QueryJob(uuid4(), organization_id, spec, "queued", moment, by)
    row = {
        "id": made.id,
        "organization_id": organization_id,
        "sql": spec.sql,
        "parameters": dict(spec.parameters),
        "format": spec.format,
        "state": made.state,
        "created_at": moment,
        "created_by": by,
        "seen_at": moment,
        "row_count": 0,
        "bytes": 0,
    }
    with engine.begin() as connection:
        _give_up_lost(connection, organization_id, moment)
        mine = (query_jobs.c.organization_id == organization_id) & query_jobs.c.state.in_(ACTIVE)
        if connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one() >= MOST_ACTIVE:
            raise TooManyJobs(f"{MOST_ACTIVE} jobs of your organization are under way; wait for one, or cancel it")
        connection.execute(sa.insert(query_jobs).values(row))
    return made


def in_organization(engine: Engine, organization_id: UUID, *, now: datetime | None = None) -> list[QueryJob]:
    """Returns the organization's jobs, the newest first."""
    query = sa.select(query_jobs).where(query_jobs.c.organization_id == organization_id)
    with engine.begin() as connection:
        _give_up_lost(connection, organization_id, utc(now))
        return [_job(row) for row in connection.execute(query.order_by(query_jobs.c.created_at.desc()))]


def find(engine: Engine, organization_id: UUID, job_id: UUID, *, now: datetime | None = None) -> QueryJob | None:
    """Returns a job of the organization; None if it has no such job."""
    mine = (query_jobs.c.id == job_id) & (query_jobs.c.organization_id == organization_id)
    with engine.begin() as connection:
        _give_up_lost(connection, organization_id, utc(now))
        row = connection.execute(sa.select(query_jobs).where(mine)).one_or_none()
    return None if row is None else _job(row)


def begin(engine: Engine, job_id: UUID, *, now: datetime | None = None) -> bool:
    """Says that a waiting job runs now; False if it is not waiting any more."""
    moment = utc(now)
    return _change(engine, job_id, ("queued",), state="running", started_at=moment, seen_at=moment)


def still_there(engine: Engine, job_id: UUID, progress: Progress, *, now: datetime | None = None) -> bool:
    """Says that a job's process is there, and how far it is; False if the job is to be stopped."""
    return _change(engine, job_id, ACTIVE, seen_at=utc(now), row_count=progress.row_count, bytes=progress.bytes)


def end(
    engine: Engine,
    job_id: UUID,
    state: Literal["done", "failed", "cancelled"],
    *,
    progress: Progress | None = None,
    error: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> bool:
    """Says how a job ended; False if it had ended before."""
    values: dict[str, Any] = {"state": state, "finished_at": utc(now)}
    if error is not None:
        values["error"] = dict(error)
    if progress is not None:
        values |= {"row_count": progress.row_count, "bytes": progress.bytes}
    return _change(engine, job_id, ACTIVE, **values)


def remove(engine: Engine, job_id: UUID) -> None:
    """Forgets a job."""
    with engine.begin() as connection:
        connection.execute(sa.delete(query_jobs).where(query_jobs.c.id == job_id))


def outdated(engine: Engine, organization_id: UUID, *, now: datetime | None = None) -> list[QueryJob]:
    """Returns the organization's ended jobs that are too old, or too many, to be kept."""
    jobs = [job for job in in_organization(engine, organization_id, now=now) if job.state not in ACTIVE]
    return [job for number, job in enumerate(jobs) if number >= MOST_KEPT or job.created_at < utc(now) - KEPT_FOR]


def _change(engine: Engine, job_id: UUID, states: tuple[State, ...], **values: Any) -> bool:
    change = sa.update(query_jobs).where(query_jobs.c.id == job_id, query_jobs.c.state.in_(states)).values(values)
    with engine.begin() as connection:
        return connection.execute(change).rowcount > 0


def _give_up_lost(connection: Connection, organization_id: UUID, now: datetime) -> None:
    lost = (
        (query_jobs.c.organization_id == organization_id)
        & query_jobs.c.state.in_(ACTIVE)
        & (query_jobs.c.seen_at < now - LOST_AFTER)
    )
    connection.execute(sa.update(query_jobs).where(lost).values(state="failed", finished_at=now, error=dict(LOST)))


def _job(row: sa.Row[Any]) -> QueryJob:
    return QueryJob(
        id=row.id,
        organization_id=row.organization_id,
        spec=Spec(row.sql, row.parameters, row.format),
        state=row.state,
        created_at=row.created_at,
        created_by=row.created_by,
        started_at=row.started_at,
        finished_at=row.finished_at,
        progress=Progress(row.row_count, row.bytes),
        error=row.error,
    )
