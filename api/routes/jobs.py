"""Queries that run without anybody waiting, and exports of any size."""

import asyncio
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import Field

from api.auth import Caller, Reader
from api.errors import BadRequest, Gone, NotFound
from api.exports import ExportFormat, extension_of, media_type_of
from api.parts import FromApp, Parts
from api.shapes import Received, Shown
from control import query_jobs
from control.query_jobs import ACTIVE, QueryJob, Spec, State
from warehouse.object_store import NotFound as NoObject

router = APIRouter(prefix="/v1/hql/jobs", tags=["HQL"])

LINK_SECONDS = 3600
"""How long a link to the object store gives the result."""


class NewJob(Received):
    sql: str = Field(min_length=1, examples=["select * from requests where created_at >= '2026-11-01'"])
    """One SELECT, as `POST /v1/hql` takes it; its answer may have any number of rows."""
    parameters: dict[str, Any] = {}
    """Values of the typed parameters, such as `{days:UInt8}`."""
    format: ExportFormat = "csv"


class JobError(Shown):
    code: str
    message: str
    hint: str | None = None
    line: int | None = None
    column: int | None = None


class ShownJob(Shown):
    id: UUID
    state: State
    sql: str
    parameters: dict[str, Any]
    format: str
    row_count: int
    """Rows written until now."""
    bytes: int
    """Size of the file until now."""
    created_at: datetime
    created_by: str
    started_at: datetime | None
    finished_at: datetime | None
    error: JobError | None
    """Why it failed; a job that was `interrupted` can be run again as it is."""
    result_url: str | None
    """Where the result is once the job is done: at the object store for an hour, else a path of this api."""


class Jobs(Shown):
    jobs: list[ShownJob]


@router.post("", status_code=202)
def begin(body: NewJob, caller: Reader, parts: FromApp) -> ShownJob:
    """Begins a job; the answer's id leads to its state and its result."""
    spec = Spec(body.sql, body.parameters, body.format)
    return _shown(parts, parts.jobs.submit(caller.organization_id, spec, by=caller.name))


@router.get("")
def list_jobs(caller: Reader, parts: FromApp) -> Jobs:
    """Lists the organization's jobs of the last days, the newest first."""
    jobs = query_jobs.in_organization(parts.database, caller.organization_id, now=parts.now())
    return Jobs(jobs=[_shown(parts, job) for job in jobs])


@router.get("/{job_id}")
def one_job(job_id: UUID, caller: Reader, parts: FromApp) -> ShownJob:
    """Tells how far a job is, or how it ended."""
    return _shown(parts, _found(parts, caller, job_id))


@router.post("/{job_id}/again", status_code=202)
def run_again(job_id: UUID, caller: Reader, parts: FromApp) -> ShownJob:
    """Begins a new job that asks the same."""
    spec = _found(parts, caller, job_id).spec
    return _shown(parts, parts.jobs.submit(caller.organization_id, spec, by=caller.name))


@router.post("/{job_id}/cancel")
def cancel(job_id: UUID, caller: Reader, parts: FromApp) -> ShownJob:
    """Stops a job; one that has ended stays as it is."""
    parts.jobs.cancel(_found(parts, caller, job_id))
    return _shown(parts, _found(parts, caller, job_id))


@router.delete("/{job_id}", status_code=204)
def delete(job_id: UUID, caller: Reader, parts: FromApp) -> None:
    """Stops a job if it runs, and forgets it and its result."""
    job = _found(parts, caller, job_id)
    parts.jobs.cancel(job)
    parts.jobs.remove(job)


@router.get("/{job_id}/result", response_class=StreamingResponse)
def result(job_id: UUID, caller: Reader, parts: FromApp) -> StreamingResponse:
    """Returns the file that a job has made."""
    job = _found(parts, caller, job_id)
    if job.state != "done":
        raise BadRequest("no_result", f"the job is {job.state}", hint=f"GET /v1/hql/jobs/{job_id} tells how it stands")
    format = cast(ExportFormat, job.spec.format)
    name = f"hql-export-{job.created_at:%Y-%m-%dT%H-%M-%S}.{extension_of(format)}"
    try:
        pieces = parts.jobs.result(job)
    except NoObject:
        raise Gone("result_gone", "the job's result is not kept any more", hint="run the job again") from None
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(job.progress.bytes)}
    return StreamingResponse(pieces, headers=headers, media_type=media_type_of(format))


async def until_ended(parts: Parts, job: QueryJob, seconds: float) -> QueryJob:
    """Waits for the job's end, at most so long, and returns how it stands then."""
    for _ in range(round(seconds / 0.2)):
        await asyncio.sleep(0.2)
        found = await to_thread.run_sync(lambda: query_jobs.find(parts.database, job.organization_id, job.id))
        if found is None or found.state not in ACTIVE:
            return found or job
    return job


def result_url(parts: Parts, job: QueryJob) -> str | None:
    """Where the job's result is; None if it has none."""
    if job.state != "done":
        return None
    return parts.jobs.result_url(job, LINK_SECONDS) or f"/v1/hql/jobs/{job.id}/result"


def _found(parts: Parts, caller: Caller, job_id: UUID) -> QueryJob:
    job = query_jobs.find(parts.database, caller.organization_id, job_id, now=parts.now())
    if job is None:
        raise NotFound("unknown_job", f"there is no job {job_id}", hint="GET /v1/hql/jobs lists them")
    return job


def _shown(parts: Parts, job: QueryJob) -> ShownJob:
    return ShownJob(
        id=job.id,
        state=job.state,
        sql=job.spec.sql,
        parameters=dict(job.spec.parameters),
        format=job.spec.format,
        row_count=job.progress.row_count,
        bytes=job.progress.bytes,
        created_at=job.created_at,
        created_by=job.created_by,
        started_at=job.started_at,
        finished_at=job.finished_at,
        error=JobError(**job.error) if job.error else None,
        result_url=result_url(parts, job),
    )
