import json
import logging
import socket

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from api.main import compose, server_of
from api.parts import Parts
from api.settings import ApiSettings
from hql.errors import Refused, Unavailable
from tests.api.conftest import GivenAnswers
from tests.serving import served
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


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "a/b"])
def test_a_body_that_does_not_call_itself_json_is_refused(client: TestClient, key_of, media_type: str):
    answer = client.post(
        "/v1/hql", content='{"sql": "select 1"}', headers=key_of("query") | {"Content-Type": media_type}
    )
    assert answer.status_code == 400
    assert only_error(answer)["code"] == "invalid_request"
    assert "application/json" in str(only_error(answer)["message"])


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(client: TestClient, key_of, answers: GivenAnswers, chunked: bool):
    body = b'{"sql": "' + b"x" * 5000 + b'"}'
    content = iter([body[:3000], body[3000:]]) if chunked else body
    headers = key_of("query") | {"Content-Type": "application/json"}
    answer = client.post("/v1/hql", content=content, headers=headers)
    assert answer.status_code == 413
    assert "4096" in str(only_error(answer)["message"])
    assert answers.asked == []


@pytest.mark.parametrize("flood", [b"x: " + b"a" * 10_000_000, b"x: y\r\n" * 2_000_000])
@pytest.mark.parametrize(
    "start", [b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"]
)
def test_heads_and_trailers_that_do_not_end_are_cut_off(
    parts: Parts, settings: ApiSettings, start: bytes, flood: bytes
):
    with (
        served(server_of(compose(parts, settings), settings)) as address,
        pytest.raises(ConnectionError),
        socket.create_connection(address, timeout=10) as connection,
    ):
        connection.sendall(start + flood)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/hql", {"sql": "select {p:String}", "parameters": {"p": "\ud800"}}),
        ("/v1/hql", {"sql": "select 1", "parameters": {"\ud800": 1}}),
        ("/v1/api-keys", {"name": "\ud800"}),
        ("/v1/auth/redeem", {"token": "\ud800"}),
        ("/v1/auth/sign-in", {"email": "ada@example.com", "password": "\ud800"}),
    ],
)
def test_half_a_character_is_refused(client: TestClient, key_of, path: str, body: dict[str, object]):
    headers = key_of("query", "manage") | {"Content-Type": "application/json"}
    answer = client.post(path, content=json.dumps(body), headers=headers)
    assert answer.status_code == 400
    assert "half a character" in str(only_error(answer)["message"])


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
