from datetime import UTC, datetime, timedelta

import pytest

from pipelines.health import QUESTIONS
from pipelines.loading.loader import Loader
from tests.pipelines.conftest import Place
from tests.pipelines.exchanges import line

NOW = datetime.now(UTC).replace(hour=12, minute=0)
TODAY = NOW.date()
LONG_SHIPPED = "raw/v1/dt={day}/00000000000000000000000000-test.ndjson.zst"


def failing(place: Place) -> set[str]:
    verdicts = {question.name: question.ask(place.store, place.days, NOW) for question in QUESTIONS}
    return {name for name, verdict in verdicts.items() if not verdict.passed}


def load(place: Place, *lines: bytes, key: str = LONG_SHIPPED) -> None:
    key = place.put_segment(*lines, day=TODAY, key=key.format(day=TODAY))
    list(Loader(place.store, place.days, place.engine, "test", clock=lambda: NOW).load(TODAY, [key]))


def test_an_empty_warehouse_is_healthy(place):
    assert failing(place) == set()


def test_each_question_says_what_a_failure_means():
    for question in QUESTIONS:
        assert question.meaning.startswith("If it fails, ")


def test_a_freshly_loaded_warehouse_is_healthy(place):
    load(place, line(NOW, completed_at=NOW))
    assert failing(place) == set()


def test_segments_that_are_not_loaded_are_missed(place):
    place.put_segment(line(NOW), day=TODAY, key=LONG_SHIPPED.format(day=TODAY))
    assert failing(place) == {"all_that_landed"}


def test_rows_that_went_are_missed(place):
    load(place, line(NOW, completed_at=NOW), line(NOW - timedelta(hours=1)))
    place.client.command(f"delete from requests where created_at < '{NOW:%Y-%m-%d %H:%M:%S}'")
    assert failing(place) == {"all_that_landed"}


@pytest.mark.parametrize(
    ("created_at", "fields", "seconds_ago", "name"),
    [
        (NOW, {}, 180, "fresh"),
        (NOW, {"request_model": "no-such-model"}, 0, "priced"),
        (NOW + timedelta(hours=3), {}, 0, "no_future_times"),
        (NOW, {"input_tokens": None, "output_tokens": None}, 0, "usage_known"),
    ],
)
def test_what_is_wrong_is_seen(place, created_at, fields, seconds_ago, name):
    completed_at = NOW - timedelta(seconds=seconds_ago)
    load(place, line(created_at, completed_at=completed_at, **fields))
    assert failing(place) == {name}


def test_models_without_a_price_are_named(place):
    load(place, line(NOW, request_model="gpt-10"), line(NOW, service_tier="turbo"), line(NOW))
    verdict = next(each for each in QUESTIONS if each.name == "priced").ask(place.store, place.days, NOW)
    assert not verdict.passed
    assert verdict.numbers == {
        "unpriced": 2,
        "share": 0.6667,
        "openai gpt-10": 1,
        "openai gpt-4o-mini at tier turbo": 1,
    }


def test_demo_data_are_not_late(place):
    load(
        place, line(NOW, completed_at=NOW - timedelta(hours=5)), key=LONG_SHIPPED.replace("-test", "-demo-0123456789ab")
    )
    assert failing(place) == set()


def test_an_id_that_is_there_twice_is_seen(place):
    same = line(NOW, completed_at=NOW)
    load(place, same)
    place.client.command("insert into requests select * from requests")
    assert failing(place) == {"no_duplicate_ids", "all_that_landed"}


def test_what_is_in_quarantine_is_seen_until_it_is_replayed(place):
    load(place, line(NOW, completed_at=NOW), b"garbage")
    assert failing(place) == {"nothing_in_quarantine"}
    place.put_segment(line(NOW, completed_at=NOW), key=LONG_SHIPPED.format(day=TODAY))
    place.loader().remodel(TODAY)
    assert failing(place) == set()
