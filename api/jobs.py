"""Runs query jobs in threads of its own: from the engine through a file on disk into the object store.

Memory stays that of one block of rows. Jobs that were under way when the process ends are told as interrupted: at once
where it ends in order, after half a minute where it does not.
"""

import logging
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread
from typing import cast
from uuid import UUID

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.exports import ExportFormat, extension_of, writer
from control import query_jobs
from control.query_jobs import LOST, Progress, QueryJob, Spec
from hql.errors import Cancelled, HqlError, LimitReached
from hql.serving.service import HqlService
from warehouse.object_store import ObjectStore, StoreUnavailable

MOST_AT_ONCE = 8
"""Jobs that run in one process; more of them wait."""

MOST_BYTES = 100 << 30
"""The largest file a job may make."""

_SECONDS_BETWEEN_SIGNS = 1.0
_PIECE_BYTES = 4 << 20

log = logging.getLogger(__name__)


@dataclass
class _Run:
    """A job in this process."""

    job: QueryJob
    progress: Progress = field(default_factory=Progress)
    is_stopped: bool = False


class Jobs:
    """The jobs of this process; thread-safe."""

    def __init__(self, database: Engine, hql: HqlService, store: ObjectStore, now: Callable[[], datetime]) -> None:
        self._database = database
        self._hql = hql
        self._store = store
        self._now = now
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="hql-job")
        self._runs: dict[UUID, _Run] = {}
        self._lock = Lock()
        self._closing = Event()
        self._signs: Thread | None = None

    def submit(self, organization_id: UUID, spec: Spec, *, by: str) -> QueryJob:
        """Begins a job; raises HqlError for a query that cannot run, and TooManyJobs."""
        self._hql.check(organization_id, spec.sql, parameters=spec.parameters)
        for old in query_jobs.outdated(self._database, organization_id, now=self._now()):
            self.remove(old)
        job = query_jobs.create(self._database, organization_id, spec, by=by, now=self._now())
        with self._lock:
            self._runs[job.id] = _Run(job)
            if self._signs is None:
                self._signs = Thread(target=self._give_signs, name="hql-job-signs", daemon=True)
                self._signs.start()
        self._pool.submit(self._run, self._runs[job.id])
        return job

    def cancel(self, job: QueryJob) -> bool:
        """Stops a job, wherever it runs; False if it had ended."""
        stopped = query_jobs.end(self._database, job.id, "cancelled", now=self._now())
        self._stop(job.id)
        return stopped

    def remove(self, job: QueryJob) -> None:
        """Forgets an ended job and its result."""
        self._store.delete(key_of(job))
        query_jobs.remove(self._database, job.id)

    def result_url(self, job: QueryJob, seconds: int) -> str | None:
        """Returns an address that gives the result to whoever has it; None where the store has none."""
        return self._store.presigned_url(key_of(job), seconds)

    def result(self, job: QueryJob) -> Iterator[bytes]:
        """Yields the result in pieces; raises NotFound before the first one."""
        size = self._store.info(key_of(job)).size
        return (self._store.get_range(key_of(job), at, _PIECE_BYTES) for at in range(0, size, _PIECE_BYTES))

    def close(self) -> None:
        """Stops what runs, and says so of each job."""
        self._closing.set()
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            with suppress(SQLAlchemyError):
                query_jobs.end(self._database, run.job.id, "failed", error=LOST, now=self._now())
            self._stop(run.job.id)
        self._pool.shutdown(cancel_futures=True)

    def _stop(self, job_id: UUID) -> None:
        with self._lock:
            run = self._runs.get(job_id)
        if run is not None:
            run.is_stopped = True
            self._hql.cancel(job_id.hex)

    def _run(self, run: _Run) -> None:
        job = run.job
        try:
            if query_jobs.begin(self._database, job.id, now=self._now()):
                self._export(run)
                is_wanted = query_jobs.end(self._database, job.id, "done", progress=run.progress, now=self._now())
                if not is_wanted:
                    self._store.delete(key_of(job))
        except HqlError as error:
            self._fail(run, error.problem.as_dict())
        except StoreUnavailable as error:
            log.warning("the result of job %s cannot be stored: %s", job.id, error)
            self._fail(run, {"code": "object_store_unavailable", "message": "the object store does not answer"})
        except Exception:
            log.exception("job %s failed", job.id)
            self._fail(run, {"code": "internal_error", "message": f"internal error; our log has it under {job.id}"})
        finally:
            # The engine may work on it after it was stopped: no other job gets its thread until that is over.
            while self._hql.still_runs(job.id.hex) and not self._closing.wait(_SECONDS_BETWEEN_SIGNS):
                pass
            with self._lock:
                self._runs.pop(job.id, None)

    def _export(self, run: _Run) -> None:
        job = run.job
        format = cast(ExportFormat, job.spec.format)
        with tempfile.TemporaryDirectory(prefix="weir-job-") as directory:
            path = Path(directory) / "result"
            with (
                self._hql.export(
                    job.organization_id, job.spec.sql, parameters=job.spec.parameters, query_id=job.id.hex
                ) as rows,
                path.open("wb") as file,
                writer(format, rows.schema, rows.columns, file) as write,
            ):
                for batch in rows.batches:
                    write(batch)
                    run.progress = Progress(run.progress.row_count + batch.num_rows, file.tell())
                    _check(run)
            run.progress = Progress(run.progress.row_count, path.stat().st_size)
            self._store.put_file(key_of(job), path)

    def _fail(self, run: _Run, problem: dict[str, object]) -> None:
        try:
            query_jobs.end(self._database, run.job.id, "failed", progress=run.progress, error=problem, now=self._now())
        except SQLAlchemyError as error:
            log.warning("that job %s failed is not written down: %r", run.job.id, error)

    def _give_signs(self) -> None:
        """Says every second which jobs are here and how far they are; stops those that are not wanted any more."""
        while not self._closing.wait(_SECONDS_BETWEEN_SIGNS):
            with self._lock:
                runs = list(self._runs.values())
            for run in runs:
                try:
                    if not query_jobs.still_there(self._database, run.job.id, run.progress, now=self._now()):
                        self._stop(run.job.id)
                except SQLAlchemyError as error:
                    log.warning("no sign of job %s could be given: %r", run.job.id, error)


def key_of(job: QueryJob) -> str:
    """Where the job's result is kept."""
    extension = extension_of(cast(ExportFormat, job.spec.format))
    return f"{job.organization_id}/exports/{job.id}.{extension}"


def _check(run: _Run) -> None:
    if run.is_stopped:
        raise Cancelled("cancelled", "the job was cancelled")
    if run.progress.bytes > MOST_BYTES:
        raise LimitReached("result_size", "the file is larger than it may be", hint="export a shorter time at once")
