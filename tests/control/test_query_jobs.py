"""Jobs as they are written down, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from control import organizations, query_jobs
from control.errors import TooManyJobs
from control.organizations import Organization
from control.query_jobs import LOST_AFTER, MOST_ACTIVE, Progress, Spec
from tests.control.conftest import NOW

SPEC = Spec("select {n:UInt8}", {"n": 1}, "csv")


def test_a_job_waits_runs_and_ends_once(engine: Engine, acme: Organization):
    job = query_jobs.create(engine, acme.id, SPEC, by="ada", now=NOW)
    assert query_jobs.find(engine, acme.id, job.id, now=NOW) == job
    assert query_jobs.begin(engine, job.id, now=NOW)
    assert not query_jobs.begin(engine, job.id, now=NOW)
    assert query_jobs.still_there(engine, job.id, Progress(5, 100), now=NOW)
    assert query_jobs.end(engine, job.id, "done", progress=Progress(2**40, 2**41), now=NOW)
    assert not query_jobs.end(engine, job.id, "failed", error={"code": "x"}, now=NOW)
    assert not query_jobs.still_there(engine, job.id, Progress(), now=NOW)
    (told,) = query_jobs.in_organization(engine, acme.id, now=NOW + LOST_AFTER * 2)
    assert (told.state, told.progress, told.error, told.finished_at) == ("done", Progress(2**40, 2**41), None, NOW)


def test_a_job_that_is_not_heard_of_has_failed_and_takes_no_place(engine: Engine, acme: Organization):
    other = organizations.create(engine, "Other", now=NOW)
    for _ in range(MOST_ACTIVE):
        query_jobs.create(engine, acme.id, SPEC, by="ada", now=NOW)
    with pytest.raises(TooManyJobs):
        query_jobs.create(engine, acme.id, SPEC, by="ada", now=NOW)
    query_jobs.create(engine, other.id, SPEC, by="bob", now=NOW)
    later = NOW + LOST_AFTER + timedelta(seconds=1)
    query_jobs.create(engine, acme.id, SPEC, by="ada", now=later)
    states = [job.state for job in query_jobs.in_organization(engine, acme.id, now=later)]
    assert states == ["queued", *["failed"] * MOST_ACTIVE]


def test_jobs_that_are_old_or_many_are_outdated(engine: Engine, acme: Organization, monkeypatch):
    monkeypatch.setattr(query_jobs, "MOST_KEPT", 1)
    for minute in range(3):
        job = query_jobs.create(engine, acme.id, SPEC, by="ada", now=NOW + timedelta(minutes=minute))
        query_jobs.end(engine, job.id, "cancelled", now=NOW)
    now = NOW + timedelta(minutes=3)
    assert len(query_jobs.outdated(engine, acme.id, now=now)) == 2
    assert len(query_jobs.outdated(engine, acme.id, now=NOW + query_jobs.KEPT_FOR * 2)) == 3
