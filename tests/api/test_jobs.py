"""Jobs over HTTP: their course, their bound, and what becomes of them when the process ends."""

import threading
import time
from datetime import timedelta

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from api.jobs import key_of
from api.parts import Parts
from control import organizations, query_jobs
from control.query_jobs import LOST_AFTER, MOST_ACTIVE, Progress, Spec
from hql.errors import Cancelled, LimitReached
from tests.api.conftest import NOW, GivenAnswers, a_result
from warehouse.object_store import StoreUnavailable, open_object_store
from warehouse.settings import RESULT_BUCKET

JOBS = "/v1/hql/jobs"


@pytest.fixture
def headers(key_of) -> dict[str, str]:
    return key_of("query")


@pytest.fixture
def held(answers: GivenAnswers):
    """Lets no query answer before the test says so; a cancelled one ends at once."""
    go, cancelled = threading.Event(), threading.Event()

    def answer(organization_id, sql):
        while not go.wait(0.01):
            if cancelled.is_set():
                raise Cancelled("cancelled", "somebody stopped it")
        return a_result(pa.table({"n": [1, 2]}))

    answers.answer = answer
    answers.when_cancelled = cancelled.set
    yield go
    go.set()


def begin(client: TestClient, headers, **body: object) -> dict[str, object]:
    begun = client.post(JOBS, json={"sql": "select 1"} | body, headers=headers)
    assert begun.status_code == 202, begun.text
    job: dict[str, object] = begun.json()
    return job


def ended(client: TestClient, headers, job: dict[str, object]) -> dict[str, object]:
    deadline = time.monotonic() + 30
    while True:
        told: dict[str, object] = client.get(f"{JOBS}/{job['id']}", headers=headers).json()
        if told["state"] not in ("queued", "running"):
            return told
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_job_makes_a_file(client: TestClient, headers, answers: GivenAnswers, acme):
    answers.answer = lambda organization_id, sql: a_result(pa.table({"n": range(2500)}))
    job = begin(client, headers, sql="select {n:UInt8}", parameters={"n": 1})
    done = ended(client, headers, job)
    assert (done["state"], done["row_count"], done["created_by"]) == ("done", 2500, "key test")
    answer = client.get(f"{JOBS}/{job['id']}/result", headers=headers)
    assert answer.text.splitlines() == ["n", *map(str, range(2500))]
    assert len(answer.content) == done["bytes"] == int(answer.headers["Content-Length"])
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hql-export-2026-11-03T12-30-15.csv"'
    ((organization_id, sql, options),) = answers.asked
    assert (organization_id, sql, options["parameters"]) == (acme.id, "select {n:UInt8}", {"n": 1})
    assert client.get(JOBS, headers=headers).json()["jobs"] == [done]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sql": "select * from reqests"}, "unknown_table"),
        ({"sql": "select {n:UInt8}"}, "missing_parameter"),
        ({"format": "json"}, "invalid_request"),
    ],
)
def test_what_could_not_be_run_makes_no_job(client: TestClient, headers, body, code):
    refused = client.post(JOBS, json={"sql": "select 1"} | body, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    assert client.get(JOBS, headers=headers).json() == {"jobs": []}


def test_a_failed_job_says_why_and_can_be_run_again(client: TestClient, headers, answers: GivenAnswers):
    def fail(organization_id, sql):
        raise LimitReached("timeout", "it took too long", hint="ask for less")

    answers.answer = fail
    job = ended(client, headers, begin(client, headers))
    assert job["state"] == "failed"
    assert job["error"] == {
        "code": "timeout", "message": "it took too long", "hint": "ask for less", "line": None, "column": None,
    }  # fmt: skip
    assert client.get(f"{JOBS}/{job['id']}/result", headers=headers).json()["error"]["code"] == "no_result"
    answers.answer = lambda organization_id, sql: a_result(pa.table({"n": [1]}))
    again = client.post(f"{JOBS}/{job['id']}/again", headers=headers).json()
    assert again["id"] != job["id"]
    assert ended(client, headers, again)["state"] == "done"


@pytest.mark.parametrize("error", [StoreUnavailable("disk on fire"), RuntimeError("password is hunter2")])
def test_what_is_not_the_querys_fault_shows_no_insides(client: TestClient, headers, answers, error):
    def fail(organization_id, sql):
        raise error

    answers.answer = fail
    job = ended(client, headers, begin(client, headers))
    assert job["state"] == "failed"
    assert str(error) not in str(job)


def test_a_cancelled_job_stays_cancelled(client: TestClient, headers, held, parts: Parts):
    job = begin(client, headers)
    assert client.post(f"{JOBS}/{job['id']}/cancel", headers=headers).json()["state"] == "cancelled"
    held.set()
    assert ended(client, headers, job)["state"] == "cancelled"
    assert client.delete(f"{JOBS}/{job['id']}", headers=headers).status_code == 204
    assert client.get(f"{JOBS}/{job['id']}", headers=headers).status_code == 404


def test_an_organization_has_so_many_jobs_at_a_time(client: TestClient, parts: Parts, headers, held, key_of):
    for _ in range(MOST_ACTIVE):
        begin(client, headers)
    refused = client.post(JOBS, json={"sql": "select 1"}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_jobs")
    begin(client, key_of("query", organization=organizations.create(parts.database, "Other", now=NOW)))


def test_nobody_reaches_the_jobs_of_others(client: TestClient, parts: Parts, headers, key_of):
    job = ended(client, headers, begin(client, headers))
    other = key_of("query", organization=organizations.create(parts.database, "Other", now=NOW))
    for method, path in (("GET", ""), ("GET", "/result"), ("POST", "/cancel"), ("POST", "/again"), ("DELETE", "")):
        assert client.request(method, f"{JOBS}/{job['id']}{path}", headers=other).status_code == 404
    assert client.get(JOBS, headers=other).json() == {"jobs": []}
    assert client.get(f"{JOBS}/{job['id']}/result", headers=headers).status_code == 200


def test_a_job_whose_process_is_gone_is_told_as_interrupted(client: TestClient, parts: Parts, headers, acme):
    long_ago = NOW - LOST_AFTER - timedelta(seconds=1)
    lost = query_jobs.create(parts.database, acme.id, Spec("select 1", {}, "csv"), by="ada", now=long_ago)
    assert query_jobs.begin(parts.database, lost.id, now=long_ago)
    told = client.get(f"{JOBS}/{lost.id}", headers=headers).json()
    assert (told["state"], told["error"]["code"], told["error"]["hint"]) == ("failed", "interrupted", "run it again")
    assert not query_jobs.still_there(parts.database, lost.id, Progress(), now=NOW)


def test_a_process_that_ends_in_order_says_so_of_its_jobs(client: TestClient, parts: Parts, headers, held, acme):
    job = begin(client, headers)
    parts.jobs.close()
    (told,) = query_jobs.in_organization(parts.database, acme.id, now=NOW)
    assert str(told.id) == job["id"]
    assert (told.state, (told.error or {})["code"]) == ("failed", "interrupted")


def test_old_jobs_and_their_results_go(client: TestClient, parts: Parts, headers, acme, monkeypatch, settings):
    monkeypatch.setattr(query_jobs, "MOST_KEPT", 1)
    ended(client, headers, begin(client, headers))
    ended(client, headers, begin(client, headers))
    ended(client, headers, begin(client, headers))
    jobs = query_jobs.in_organization(parts.database, acme.id, now=NOW)
    assert len(jobs) == 2
    results = open_object_store(settings.object_store_url, RESULT_BUCKET)
    assert {each.key for each in results.list_after(f"{acme.id}/exports/")} == {key_of(job) for job in jobs}


def test_helicones_download_gives_an_address(client: TestClient, headers, answers: GivenAnswers):
    answers.answer = lambda organization_id, sql: a_result(pa.table({"n": [1, 2]}))
    told = client.post("/v1/helicone-sql/download", json={"sql": "select 1"}, headers=headers).json()
    assert told["error"] is None
    assert client.get(told["data"], headers=headers).text == "n\n1\n2\n"

    def fail(organization_id, sql):
        raise LimitReached("memory", "too much memory")

    answers.answer = fail
    refused = client.post("/v1/helicone-sql/download", json={"sql": "select 1"}, headers=headers)
    assert refused.status_code == 503
    assert refused.json() == {"data": None, "error": "[HQL_MEMORY_LIMIT_EXCEEDED] too much memory"}
