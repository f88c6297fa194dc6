import logging

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from hql.errors import Refused, Unavailable
from tests.api.conftest import GivenAnswers
from warehouse.object_store import StoreUnavailable

SQL = {"sql": "select 1"}


def only_error(answer) -> dict[str, object]:
    assert list(answer.json()) == ["error"]
    assert answer.headers["content-type"] == "application/json"
    error: dict[str, object] = answer.json()["error"]
    return error


def fails_with(answers: GivenAnswers, error: Exception) -> None:
    def fail(organization_id, sql):
        raise error

    answers.answer = fail


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/here", 404, "not_found"),
        ("PUT", "/v1/hql", 405, "method_not_allowed"),
        ("GET", "/v1/requests/not-an-id", 400, "invalid_request"),
        ("POST", "/v1/auth/redeem", 400, "invalid_request"),
    ],
)
def test_every_error_has_the_one_shape(client: TestClient, key_of, method, path, status, code):
    answer = client.request(method, path, headers=key_of("query"))
    assert answer.status_code == status
    assert only_error(answer)["code"] == code


def test_a_body_that_is_no_json_is_told_where(client: TestClient, key_of):
    headers = key_of("query") | {"Content-Type": "application/json"}
    answer = client.post("/v1/hql", content='{"sql": oops}', headers=headers)
    assert answer.status_code == 400
    assert "character 8" in str(only_error(answer)["message"])


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(client: TestClient, key_of, answers: GivenAnswers, chunked: bool):
    body = b'{"sql": "' + b"x" * 5000 + b'"}'
    content = iter([body[:3000], body[3000:]]) if chunked else body
    headers = key_of("query") | {"Content-Type": "application/json"}
    answer = client.post("/v1/hql", content=content, headers=headers)
    assert answer.status_code == 413
    assert "4096" in str(only_error(answer)["message"])
    assert answers.asked == []


def test_a_refused_query_is_told_where_and_how_to_mend_it(client: TestClient, key_of, answers: GivenAnswers):
    fails_with(
        answers, Refused("unknown_table", "unknown table `request`", hint="did you mean requests?", line=1, column=8)
    )
    answer = client.post("/v1/hql", json=SQL, headers=key_of("query"))
    assert answer.status_code == 400
    assert only_error(answer) == {
        "code": "unknown_table",
        "message": "unknown table `request`",
        "hint": "did you mean requests?",
        "line": 1,
        "column": 8,
    }


def test_our_own_defects_are_logged_and_not_shown(client: TestClient, key_of, answers: GivenAnswers, caplog):
    fails_with(answers, RuntimeError("password is hunter2"))
    with caplog.at_level(logging.ERROR):
        answer = client.post("/v1/hql", json=SQL, headers=key_of("query"))
    assert answer.status_code == 500
    error = only_error(answer)
    assert "hunter2" not in answer.text
    assert "hunter2" in caplog.text
    assert str(error["message"]).rpartition(" ")[2] in caplog.text


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unavailable("warehouse_unavailable", "the warehouse does not answer"), "warehouse_unavailable"),
        (StoreUnavailable("disk on fire"), "object_store_unavailable"),
        (OperationalError("select 1", {}, Exception("secret host")), "database_unavailable"),
    ],
)
def test_a_part_that_does_not_answer_is_named(client: TestClient, key_of, answers: GivenAnswers, error, code):
    fails_with(answers, error)
    answer = client.post("/v1/hql", json=SQL, headers=key_of("query"))
    assert answer.status_code == 503
    assert only_error(answer)["code"] == code
    assert "secret host" not in answer.text


def test_no_value_that_was_sent_is_repeated_in_an_error(client: TestClient):
    answer = client.post("/v1/auth/sign-in", json={"email": "ada@example.com", "password": ["hunter2"]})
    assert answer.status_code == 400
    assert "hunter2" not in answer.text
