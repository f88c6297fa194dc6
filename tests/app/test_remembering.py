"""What the dashboard remembers, for whom, and for how long."""

import httpx
import pyarrow as pa
import pytest

from app.api_client.answers import Answers
from app.api_client.client import ApiClient, Credential
from app.api_client.errors import Unavailable
from app.api_client.visitors import Visitors
from app.questions.question import Question

ME = {
    "user": {"email": "ada@example.com", "name": None},
    "organizations": [{"id": "1", "name": "Acme", "role": "owner"}],
}
COUNT = Question("first_request")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class FakeApi:
    """Answers like the api, counts, and breaks on wish."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.is_down = False
        self.signed_out = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request.url.path)
        if self.is_down:
            return httpx.Response(503, json={"error": {"code": "unavailable", "message": "it does not answer"}})
        if request.url.path == "/v1/me":
            ended = httpx.Response(401, json={"error": {"code": "signed_out", "message": "it has ended"}})
            return ended if self.signed_out else httpx.Response(200, json=ME)
        table = pa.table({"request_count": [1]})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        told = {
            "Row-Count": "1",
            "Truncated": "false",
            "Elapsed-Ms": "1",
            "Read-Rows": "1",
            "Cache": "miss",
            "Cache-Age": "0",
        }
        headers = {f"Weir-{name}": value for name, value in told.items()}
        return httpx.Response(200, content=sink.getvalue().to_pybytes(), headers=headers)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def visitors(api: FakeApi, clock: Clock) -> Visitors:
    return Visitors(ApiClient("http://api", httpx.MockTransport(api)), clock)


@pytest.fixture
def answers(api: FakeApi, clock: Clock) -> Answers:
    return Answers(ApiClient("http://api", httpx.MockTransport(api)), clock)


def test_a_session_is_asked_for_once_in_half_a_minute(visitors, api, clock):
    for clock.now in (0, 10, 29, 31):
        visitors.who("token")
    assert api.calls == ["/v1/me"] * 2


def test_an_ended_session_is_noticed_within_half_a_minute(visitors, api, clock):
    assert visitors.who("token") is not None
    api.signed_out, clock.now = True, 31
    assert visitors.who("token") is None


def test_a_forgotten_session_is_asked_for_at_once(visitors, api):
    visitors.who("token")
    api.signed_out = True
    visitors.forget("token")
    assert visitors.who("token") is None


def test_a_failure_to_ask_is_not_remembered(visitors, api):
    api.is_down = True
    with pytest.raises(Unavailable):
        visitors.who("token")
    api.is_down = False
    assert visitors.who("token") is not None


def test_nobody_without_a_token_is_asked_for(visitors, api):
    assert visitors.who(None) is None
    assert api.calls == []


def test_an_answer_is_remembered_for_its_organization_alone(answers, api):
    for organization in ("1", "1", "2"):
        answers.of(Credential("token", organization), COUNT)
    assert len(api.calls) == 2


def test_an_answer_is_forgotten_after_seconds_and_never_used_by_who_waits(answers, api, clock):
    credential = Credential("token", "1")
    answers.of(credential, COUNT)
    answers.of(credential, COUNT, live=True)
    clock.now = 11
    answers.of(credential, COUNT)
    assert len(api.calls) == 3


def test_a_failed_answer_is_asked_for_again(answers, api):
    api.is_down = True
    with pytest.raises(Unavailable):
        answers.of(Credential("token", "1"), COUNT)
    api.is_down = False
    assert answers.of(Credential("token", "1"), COUNT).row_count == 1
