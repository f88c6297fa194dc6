"""Saved queries and history over HTTP."""

from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import exc

from api.parts import Parts
from control import organizations, query_history
from hql.errors import LimitReached
from tests.api.conftest import NOW, GivenAnswers

SQL = "select count() from requests where created_at > now() - interval {days:UInt8} day and model = {model:String}"
COST = {"name": "Cost", "sql": SQL, "description": "of late", "defaults": {"days": 7}}


def test_a_saved_query_knows_its_parameters(client: TestClient, key_of):
    headers = key_of("query")
    saved = client.post("/v1/hql/saved", json=COST, headers=headers)
    assert saved.status_code == 201
    query = saved.json()
    assert query["parameters"] == {
        "days": {"type": "UInt8", "default": 7},
        "model": {"type": "String", "default": None},
    }
    assert (query["created_by"], query["updated_at"]) == ("key test", "2026-11-03T12:30:15.250000Z")
    assert client.get(f"/v1/hql/saved/{query['id']}", headers=headers).json() == query
    assert client.get("/v1/hql/saved", headers=headers).json() == {"queries": [query]}

    changed = client.put(
        f"/v1/hql/saved/{query['id']}", json={"name": "One", "sql": "select 1"}, headers=headers
    ).json()
    assert (changed["name"], changed["parameters"]) == ("One", {})
    assert client.delete(f"/v1/hql/saved/{query['id']}", headers=headers).status_code == 204
    assert client.get("/v1/hql/saved", headers=headers).json() == {"queries": []}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"sql": "select * from reqests"}, 400, "unknown_table"),
        ({"sql": "drop table requests"}, 400, "not_one_select"),
        ({"defaults": {"days": 1000}}, 400, "invalid_parameter"),
        ({"defaults": {"hours": 1}}, 400, "unknown_parameter"),
        ({"name": ""}, 400, "invalid_value"),
        ({"name": "Taken"}, 409, "already_exists"),
    ],
)
def test_what_could_not_be_run_is_not_saved(client: TestClient, key_of, change, status, code):
    headers = key_of("query")
    client.post("/v1/hql/saved", json=COST | {"name": "Taken"}, headers=headers)
    refused = client.post("/v1/hql/saved", json=COST | change, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)


def test_others_have_no_part_in_them(client: TestClient, parts: Parts, key_of):
    other = key_of("query", organization=organizations.create(parts.database, "Other", now=NOW))
    path = f"/v1/hql/saved/{client.post('/v1/hql/saved', json=COST, headers=key_of('query')).json()['id']}"
    for method in ("GET", "DELETE", "PUT"):
        body = COST if method == "PUT" else None
        refused = client.request(method, path, headers=other, json=body)
        unknown = client.request(method, f"/v1/hql/saved/{uuid4()}", headers=other, json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "unknown_query")
        assert unknown.status_code == 404
    assert client.get("/v1/hql/saved", headers=other).json() == {"queries": []}


def test_what_was_asked_is_in_the_history_of_who_asked(client: TestClient, key_of, answers: GivenAnswers):
    mine, other = key_of("query"), key_of("query")
    client.post("/v1/hql", json={"sql": "select {n:UInt8}", "parameters": {"n": 1}, "remember": True}, headers=mine)
    client.post("/v1/hql", json={"sql": "select 2"}, headers=mine)

    def fail(organization_id, sql):
        raise LimitReached("timeout", "it took too long")

    answers.answer = fail
    client.post("/v1/hql", json={"sql": "select 3", "remember": True}, headers=other)
    (asked,) = client.get("/v1/hql/history", headers=mine).json()["queries"]
    assert asked == {
        "sql": "select {n:UInt8}",
        "parameters": {"n": 1},
        "run_count": 1,
        "ran_at": "2026-11-03T12:30:15.250000Z",
        "elapsed_ms": 12.34,
        "row_count": 1,
        "error_code": None,
    }
    (failed,) = client.get("/v1/hql/history", headers=other).json()["queries"]
    assert (failed["sql"], failed["error_code"], failed["row_count"]) == ("select 3", "timeout", None)
    assert client.delete("/v1/hql/history", headers=mine).status_code == 204
    assert client.get("/v1/hql/history", headers=mine).json() == {"queries": []}


def test_a_history_that_cannot_be_written_fails_no_query(client: TestClient, key_of, monkeypatch, caplog):
    def fail(*_: object, **__: object):
        raise exc.OperationalError("insert", {}, Exception("the disk is full"))

    monkeypatch.setattr(query_history, "note", fail)
    answer = client.post("/v1/hql", json={"sql": "select 1", "remember": True}, headers=key_of("query"))
    assert answer.status_code == 200
    assert "not in its caller's history" in caplog.text
