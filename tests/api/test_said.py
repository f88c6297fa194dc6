"""Scores, feedback and properties: what may be said, under which day it lies, and that it is kept before the answer."""

import os
import signal
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote
from uuid import UUID, uuid4

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from api.main import compose
from api.parts import Parts
from api.settings import ApiSettings
from api.spooled import Spooled
from hql.errors import Unavailable
from tests.api.conftest import NOW, GivenAnswers, a_result
from warehouse import record
from warehouse.rawlog.keys import RAW_PREFIX, day_of
from warehouse.rawlog.reader import load_segment

YESTERDAY = NOW - timedelta(days=1)
REQUEST = record.new_request_id(YESTERDAY)
SCORES = {"scores": [{"name": "quality", "value": 0.5}]}


def kept(parts: Parts) -> list[tuple[date, record.Said]]:
    """Ships what was said, and reads it from the raw log."""
    parts.spooled.close()
    found = []
    for each in parts.raw_log.list_after(RAW_PREFIX):
        lines = load_segment(parts.raw_log.get(each.key)).ndjson.splitlines()
        found += [(day_of(each.key), record.decode(line)) for line in lines]
    return found


@pytest.fixture
def nothing_known(answers: GivenAnswers) -> GivenAnswers:
    answers.answer = lambda organization_id, sql: a_result(pa.table({"at": pa.array([], pa.timestamp("us", "UTC"))}))
    return answers


def test_scores_of_all_types_are_kept_under_the_day_of_the_request(client: TestClient, parts: Parts, key_of, acme):
    scores = [
        {"name": "quality", "value": 0.5, "source": "eval", "comment": "half"},
        {"name": "polite", "value": True},
        {"name": "count", "value": 3},
        {"name": "tone", "value": "dry"},
    ]
    answered = client.post(f"/v1/requests/{REQUEST}/scores", json={"scores": scores}, headers=key_of("gateway"))
    assert answered.status_code == 202
    found = kept(parts)
    assert {day for day, _ in found} == {YESTERDAY.date()}
    assert [str(each.score_id) for _, each in found] == answered.json()["ids"]
    assert {(each.organization_id, each.request_id, each.created_at) for _, each in found} == {(acme.id, REQUEST, NOW)}
    told = [(each.name, each.value_type, each.value, each.category, each.source, each.comment) for _, each in found]
    assert told == [
        ("quality", "float", 0.5, None, "eval", "half"),
        ("polite", "boolean", 1.0, None, "api", None),
        ("count", "float", 3.0, None, "api", None),
        ("tone", "category", None, "dry", "api", None),
    ]


def test_feedback_and_edits_are_kept(client: TestClient, parts: Parts, key_of):
    headers = key_of("gateway")
    rated = client.post(f"/v1/requests/{REQUEST}/feedback", json={"rating": False, "comment": "no"}, headers=headers)
    properties = {"properties": {"Team": "b", "plan": None}}
    edited = client.patch(f"/v1/requests/{REQUEST}/properties", json=properties, headers=headers)
    assert (rated.status_code, edited.status_code) == (202, 202)
    (_, feedback), *edits = kept(parts)
    assert isinstance(feedback, record.Feedback)
    assert (feedback.rating, feedback.source, feedback.comment) == (False, "user", "no")
    assert [(each.name, each.value) for _, each in edits] == [("team", "b"), ("plan", None)]


def test_sessions_are_judged_under_the_day_of_their_latest_request(
    client: TestClient, parts: Parts, key_of, answers: GivenAnswers
):
    answers.answer = lambda organization_id, sql: a_result(
        pa.table({"at": pa.array([datetime(2026, 10, 30, 23, tzinfo=UTC)], pa.timestamp("us", "UTC"))})
    )
    path = f"/v1/sessions/{quote('a/b c', safe='')}"
    headers = key_of("gateway")
    assert client.post(f"{path}/scores", json=SCORES, headers=headers).status_code == 202
    assert client.post(f"{path}/feedback", json={"rating": True}, headers=headers).status_code == 202
    assert [(day, each.session_id, each.request_id) for day, each in kept(parts)] == [
        (date(2026, 10, 30), "a/b c", None),
        (date(2026, 10, 30), "a/b c", None),
    ]


def test_helicones_shapes_become_the_same_records(client: TestClient, parts: Parts, key_of, nothing_known):
    headers = key_of("gateway")
    path = f"/v1/request/{REQUEST}"
    answered = [
        client.post(f"{path}/score", json={"scores": {"quality": 7, "ok": False}}, headers=headers),
        client.post(f"{path}/feedback", json={"rating": True}, headers=headers),
        client.put(f"{path}/property", json={"key": "team", "value": "b"}, headers=headers),
        client.post("/v1/session/s-1/feedback", json={"rating": False}, headers=headers),
        client.post(f"{path}/score", json={"scores": {"helicone-score-feedback": 0}}, headers=headers),
    ]
    assert [(each.status_code, each.json()) for each in answered] == [(200, {"data": None, "error": None})] * 5
    told = [
        (day, each.request_id or each.session_id, getattr(each, "value", None), getattr(each, "rating", None))
        for day, each in kept(parts)
    ]
    assert sorted(told, key=str) == sorted(
        [
            (YESTERDAY.date(), REQUEST, 7.0, None),
            (YESTERDAY.date(), REQUEST, 0.0, None),
            (YESTERDAY.date(), REQUEST, None, True),
            (YESTERDAY.date(), REQUEST, "b", None),
            (NOW.date(), "s-1", None, False),
            (YESTERDAY.date(), REQUEST, None, False),
        ],
        key=str,
    )


def test_helicones_clients_are_told_errors_as_text(client: TestClient, key_of):
    refused = client.post(f"/v1/request/{REQUEST}/score", json={"scores": {"a": "b"}}, headers=key_of("gateway"))
    assert refused.status_code == 400
    assert refused.json()["data"] is None
    assert "scores.a" in refused.json()["error"]
    refused = client.post(f"/v1/request/{REQUEST}/score", json={"scores": {"feedback": 1}}, headers=key_of("gateway"))
    assert (refused.status_code, "choose another name" in refused.json()["error"]) == (400, True)
    refused = client.post(f"/v1/request/{REQUEST}/feedback", json={"rating": True}, headers=key_of("query"))
    assert (refused.status_code, "`gateway` or `manage`" in refused.json()["error"]) == (403, True)


@pytest.mark.parametrize(
    "scores",
    [
        [],
        [{"name": "", "value": 1}],
        [{"name": "a", "value": None}],
        [{"name": "a", "value": "x" * 201}],
        [{"name": "a", "value": 1, "source": "Some One"}],
        [{"name": "a", "value": 1, "colour": "red"}],
        [{"name": "feedback", "value": 1}],
        [{"name": "helicone-score-feedback", "value": 1}],
        [{"name": "a", "value": 1}] * 101,
    ],
)
def test_what_is_no_score_is_refused_and_nothing_is_kept(client: TestClient, parts: Parts, key_of, scores):
    refused = client.post(f"/v1/requests/{REQUEST}/scores", json={"scores": scores}, headers=key_of("gateway"))
    assert refused.status_code == 400
    assert refused.json()["error"]["message"]
    assert kept(parts) == []


def test_a_number_that_is_none_is_refused(client: TestClient, key_of):
    headers = key_of("gateway") | {"Content-Type": "application/json"}
    body = '{"scores": [{"name": "a", "value": 1e999}]}'
    assert client.post(f"/v1/requests/{REQUEST}/scores", content=body, headers=headers).status_code == 400
    huge = body.replace("1e999", "1" * 400)
    assert client.post(f"/v1/requests/{REQUEST}/scores", content=huge, headers=headers).status_code == 400
    assert client.post("/v1/requests/seven/scores", json=SCORES, headers=headers).status_code == 400


def test_a_key_that_only_reads_may_say_nothing_and_people_may(client: TestClient, key_of, session_of):
    path = f"/v1/requests/{REQUEST}/feedback"
    told = {"rating": True}
    assert client.post(path, json=told, headers={}).status_code == 401
    refused = client.post(path, json=told, headers=key_of("query"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "scope_missing")
    assert client.post(path, json=told, headers=key_of("manage")).status_code == 202
    assert client.post(path, json=told, headers=session_of("viewer")).status_code == 202


MIDNIGHT = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("request_id", "found", "day"),
    [
        (record.new_request_id(YESTERDAY), date(2026, 1, 1), YESTERDAY.date()),
        (record.new_request_id(MIDNIGHT - timedelta(minutes=1)), MIDNIGHT.date(), MIDNIGHT.date()),
        (record.new_request_id(MIDNIGHT - timedelta(minutes=1)), None, date(2026, 11, 1)),
        (record.new_request_id(NOW + timedelta(days=400)), None, NOW.date()),
        (record.new_request_id(datetime(2500, 1, 1, tzinfo=UTC)), None, NOW.date()),
        (uuid4(), date(2026, 9, 9), date(2026, 9, 9)),
        (uuid4(), None, NOW.date()),
    ],
    ids=["its id", "its row near midnight", "its id near midnight", "the future", "no year", "its row", "today"],
)
def test_the_day_of_a_request_is_told_by(
    client: TestClient, parts: Parts, key_of, answers: GivenAnswers, request_id: UUID, found: date | None, day: date
):
    times = [] if found is None else [datetime.combine(found, datetime.min.time(), UTC)]
    answers.answer = lambda organization_id, sql: a_result(pa.table({"at": pa.array(times, pa.timestamp("us", "UTC"))}))
    client.post(f"/v1/requests/{request_id}/scores", json=SCORES, headers=key_of("gateway"))
    assert [each for each, _ in kept(parts)] == [day]


def test_a_warehouse_that_is_down_keeps_nobody_from_speaking(
    client: TestClient, parts: Parts, key_of, answers: GivenAnswers
):
    def down(organization_id: UUID, sql: str):
        raise Unavailable("warehouse_unavailable", "the warehouse does not answer")

    answers.answer = down
    answered = client.post(f"/v1/requests/{uuid4()}/scores", json=SCORES, headers=key_of("gateway"))
    assert answered.status_code == 202
    assert [day for day, _ in kept(parts)] == [NOW.date()]


def test_a_disk_that_takes_no_more_is_told_and_questions_are_answered(parts: Parts, settings: ApiSettings, key_of):
    (settings.data_dir / "a-file").touch()
    unfit = settings.model_copy(update={"spool_dir": settings.data_dir / "a-file" / "spool"})
    with TestClient(compose(replace(parts, spooled=Spooled(unfit, parts.raw_log)), unfit)) as client:
        refused = client.post(f"/v1/requests/{REQUEST}/scores", json=SCORES, headers=key_of("gateway"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "spool_unavailable")
        assert client.post("/v1/hql", json={"sql": "select 1"}, headers=key_of("query")).status_code == 200


def test_what_a_killed_process_kept_is_shipped_by_the_next(parts: Parts, settings: ApiSettings, key_of, acme):
    child = os.fork()
    if child == 0:
        score = record.Score(
            score_id=REQUEST, organization_id=acme.id, created_at=NOW, request_id=REQUEST, name="a", value=1.0
        )
        never_shipping = settings.model_copy(update={"spool_seal_seconds": 1000.0})
        Spooled(never_shipping, parts.raw_log).keep([score], NOW.date())
        os.kill(os.getpid(), signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with TestClient(compose(parts, settings)):
        pass
    assert [each.request_id for _, each in kept(parts)] == [REQUEST]
