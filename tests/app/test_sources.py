"""Long periods are asked of sums by the hour or day: when they are, and that all sources give the same figures."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import app.questions
from app.api_client.client import Credential
from app.api_client.connection import connect
from app.page_parts.period import between, recent
from app.questions.question import Question
from app.questions.source import sums_for
from tests.app.backend import Backend

NOW = datetime(2026, 11, 21, 13, 3, 30, tzinfo=UTC)
QUESTIONS = [
    (path.parent.name, path.stem)
    for kind in ("daily", "hourly")
    for path in sorted((Path(app.questions.__file__).parent / kind).glob("*.sql"))
    if path.stem != "matching"
]
TABLES = {"hourly": "usage_hourly", "daily": "users_daily"}
DURATIONS = ("_p50_ms", "_p95_ms", "_p99_ms")
MOST_OFF = 0.045
"""Half a step of eight a doubling."""


@pytest.mark.parametrize(
    ("range", "sums"),
    [("1h", ()), ("24h", ()), ("7d", ("hourly", "daily")), ("30d", ("hourly", "daily"))],
)
def test_a_period_of_days_is_asked_of_sums(range, sums):
    assert sums_for(recent(range, NOW).parameters) == sums


def test_the_hours_begin_where_the_period_does():
    start = between(NOW - timedelta(days=3), NOW).start
    assert (start.minute, start.second) == (0, 0)


@pytest.mark.parametrize(
    ("condition", "sums"),
    [
        ({"provider": ["openai"], "model": ["gpt-4o"], "status": ["2xx"]}, ("hourly",)),
        ({"user": "ada"}, ()),
        ({"property": "tenant"}, ()),
        ({"provider": ["openai"], "search": "word"}, ()),
    ],
)
def test_what_the_sums_do_not_know_is_asked_of_the_requests(condition, sums):
    assert sums_for(recent("30d", NOW).parameters | condition) == sums


@pytest.mark.parametrize("step", [None, 0, 60, 1800, 5400])
def test_buckets_that_are_no_whole_hours_are_asked_of_the_requests(step):
    assert sums_for({"start": "a", "end": "b", "step": step}) == ()


@pytest.mark.parametrize("conditions", [{}, {"provider": ["anthropic"]}, {"status": ["2xx", "4xx"]}], ids=str)
@pytest.mark.parametrize(("kind", "name"), QUESTIONS)
def test_all_sources_give_the_same_figures(running_api: Backend, kind, name, conditions):
    parameters = {**between(datetime.now(UTC) - timedelta(days=6), datetime.now(UTC)).parameters, **conditions}
    parameters["step"] = 86_400
    sums, requests = Question(name, parameters), Question(name, parameters | {"page_size": 1})
    assert (TABLES[kind] in sums.sql, TABLES[kind] in requests.sql) == (kind in sums_for(parameters), False)
    found, exact = (_answer(running_api, asked) for asked in (sums, requests))
    assert found.columns == exact.columns
    assert found.height == exact.height > 0
    for column in exact.columns:
        if column.endswith(DURATIONS):
            # Among the few calls of a bucket the next ones are far apart, and each source chooses in its own way.
            assert found[column].is_null().to_list() == exact[column].is_null().to_list(), column
            if exact.height == 1:
                assert found[column].to_list() == pytest.approx(exact[column].to_list(), rel=MOST_OFF), column
        elif exact[column].dtype.is_float():
            assert found[column].to_list() == pytest.approx(exact[column].to_list()), column
        else:
            assert found[column].to_list() == exact[column].to_list(), column


@pytest.mark.parametrize("name", [name for _, name in QUESTIONS])
def test_a_question_means_the_same_of_all_sources(name):
    period = {"start": "a", "end": "b"}
    assert Question(name, period | {"step": 3600}).meaning == Question(name, period | {"step": 60}).meaning


def _answer(running_api: Backend, asked: Question) -> pl.DataFrame:
    credential = Credential(running_api.session(), str(running_api.organization_id))
    frame = connect(running_api.api_url).answers.of(credential, asked).frame
    # Models that cost the same may stand in any order.
    return frame.sort(frame.columns[0]) if asked.name.startswith("top_") else frame
