"""Helicone's SQL routes: its envelope, its codes."""

from uuid import uuid4

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from api.parts import Parts
from control import organizations
from hql.errors import Failed, HqlError, LimitReached, Refused, Unavailable
from tests.api.conftest import NOW, GivenAnswers, a_result

ROOT = "/v1/helicone-sql"
MINE = {"name": "Spend", "sql": "select sum(cost) from request_response_rmt"}


@pytest.fixture
def headers(key_of) -> dict[str, str]:
    return key_of("query")


def test_a_query_is_executed(client: TestClient, headers, answers: GivenAnswers, acme):
    answers.answer = lambda organization_id, sql: a_result(pa.table({"model": ["gpt-5", None], "n": [1, 2]}))
    body = client.post(f"{ROOT}/execute", json={"sql": MINE["sql"]}, headers=headers).json()
    assert body["error"] is None
    assert body["data"]["rows"] == [{"model": "gpt-5", "n": 1}, {"model": None, "n": 2}]
    assert (body["data"]["rowCount"], body["data"]["elapsedMilliseconds"]) == (2, 12.3)
    assert body["data"]["size"] > 0
    (asked,) = answers.asked
    assert asked[2].pop("query_id")
    assert asked == (acme.id, MINE["sql"], {"limit": 100})


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("not_one_select", "2 statements"), 400, "HQL_INVALID_STATEMENT"),
        (Refused("unknown_table", "unknown table `users_view`"), 400, "HQL_INVALID_TABLE"),
        (Refused("syntax_error", "unexpected `form`"), 400, "HQL_SYNTAX_ERROR"),
        (LimitReached("timeout", "it took too long"), 503, "HQL_QUERY_TIMEOUT"),
        (LimitReached("memory", "too much memory"), 503, "HQL_MEMORY_LIMIT_EXCEEDED"),
        (LimitReached("rows_read", "too many rows"), 503, "HQL_ROW_LIMIT_EXCEEDED"),
        (LimitReached("result_size", "too large"), 503, "HQL_RESULT_LIMIT_EXCEEDED"),
        (Failed("engine_error", "cannot divide"), 500, "HQL_EXECUTION_FAILED"),
        (Unavailable("warehouse_unavailable", "no answer"), 500, "HQL_EXECUTION_FAILED"),
    ],
)
def test_errors_have_helicones_codes(client: TestClient, headers, answers, error: HqlError, status: int, code: str):
    def fail(organization_id, sql):
        raise error

    answers.answer = fail
    refused = client.post(f"{ROOT}/execute", json={"sql": "select 1"}, headers=headers)
    assert refused.status_code == status
    assert refused.json() == {"data": None, "error": f"[{code}] {error}"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"sql": "select 1"}, 400, "HQL_MISSING_QUERY_NAME"),
        ({"name": "Spend", "sql": " "}, 400, "HQL_MISSING_QUERY_SQL"),
        ({"name": "x" * 256, "sql": "select 1"}, 400, "HQL_QUERY_NAME_TOO_LONG"),
        ({"name": "Spend", "sql": "select * from jawn_http_logs"}, 400, "HQL_INVALID_TABLE"),
        (MINE, 409, "HQL_QUERY_NAME_EXISTS"),
        ({"name": 1}, 400, "HQL_INVALID_STATEMENT"),
    ],
)
def test_what_is_not_saved_says_why(client: TestClient, headers, body, status: int, code: str):
    assert client.post(f"{ROOT}/saved-query", json=MINE, headers=headers).status_code == 201
    refused = client.post(f"{ROOT}/saved-query", json=body, headers=headers)
    assert refused.status_code == status
    assert refused.json()["error"].startswith(f"[{code}] ")


def test_queries_are_saved_changed_and_deleted(client: TestClient, headers, acme):
    (made,) = client.post(f"{ROOT}/saved-query", json=MINE, headers=headers).json()["data"]
    assert (made["name"], made["organization_id"]) == ("Spend", str(acme.id))
    path = f"{ROOT}/saved-query/{made['id']}"
    assert client.get(path, headers=headers).json() == {"data": made, "error": None}
    assert client.get("/v1/hql/saved", headers=headers).json()["queries"][0]["id"] == made["id"]
    changed = client.put(path, json={"name": "Spent", "sql": "select 1"}, headers=headers).json()["data"]
    assert (changed["name"], changed["sql"]) == ("Spent", "select 1")
    other = client.post(f"{ROOT}/saved-query", json=MINE, headers=headers).json()["data"][0]["id"]
    assert len(client.get(f"{ROOT}/saved-queries", headers=headers).json()["data"]) == 2
    assert client.delete(path, headers=headers).status_code == 204
    gone = client.delete(path, headers=headers)
    assert (gone.status_code, gone.json()["error"][:21]) == (404, "[HQL_QUERY_NOT_FOUND]")
    ids = {"ids": [other, str(uuid4())]}
    assert client.post(f"{ROOT}/saved-queries/bulk-delete", json=ids, headers=headers).status_code == 200
    assert client.get(f"{ROOT}/saved-queries", headers=headers).json()["data"] == []


def test_queries_of_others_are_not_found(client: TestClient, parts: Parts, headers, key_of):
    (made,) = client.post(f"{ROOT}/saved-query", json=MINE, headers=headers).json()["data"]
    other = key_of("query", organization=organizations.create(parts.database, "Other", now=NOW))
    path = f"{ROOT}/saved-query/{made['id']}"
    for method, body in (("GET", None), ("PUT", MINE), ("DELETE", None)):
        assert client.request(method, path, json=body, headers=other).status_code == 404
    client.post(f"{ROOT}/saved-queries/bulk-delete", json={"ids": [made["id"]]}, headers=other)
    assert client.get(path, headers=headers).status_code == 200


def test_who_may_not_read_is_told_in_the_envelope_too(client: TestClient, key_of):
    for refused, status in (
        (client.get(f"{ROOT}/schema"), 401),
        (client.get(f"{ROOT}/schema", headers=key_of("gateway")), 403),
    ):
        assert refused.status_code == status
        assert refused.json()["data"] is None
        assert refused.json()["error"].startswith("[HQL_QUERY_ACCESS_DENIED] ")


def test_the_schema_lists_helicones_table_without_the_organization(client: TestClient, headers):
    told = client.get(f"{ROOT}/schema", headers=headers)
    tables = {table["table_name"]: table["columns"] for table in told.json()["data"]}
    assert {"request_response_rmt", "requests"} <= set(tables)
    assert set(tables["requests"][0]) == {
        "name", "type", "default_type", "default_expression", "comment", "codec_expression", "ttl_expression",
    }  # fmt: skip
    assert "organization_id" not in told.text
