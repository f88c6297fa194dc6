from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from providers.dialects.dialect import dialect_of
from warehouse.record import Exchange, encode
from weir.demo.models import MODELS
from weir.demo.traffic import Traffic

UNTIL = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
ORGANIZATION = UUID(int=5)


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return Traffic(ORGANIZATION, UNTIL, request_count=6000)


@pytest.fixture(scope="module")
def records(traffic: Traffic) -> list[Exchange]:
    return [each for day in traffic.dates() for each in traffic.records_of(day)]


def test_the_same_seed_gives_the_same_bytes(traffic):
    day = traffic.dates()[-3]
    again = Traffic(ORGANIZATION, UNTIL, request_count=6000)
    assert list(map(encode, traffic.records_of(day))) == list(map(encode, again.records_of(day)))


def test_another_organization_has_other_ids(traffic):
    day = traffic.dates()[-1]
    other = Traffic(UUID(int=6), UNTIL, request_count=6000)
    ids = {each.request_id for each in traffic.records_of(day)}
    assert not ids & {each.request_id for each in other.records_of(day)}


def test_it_is_thirty_days_up_to_now_and_about_as_many_requests_as_asked_for(traffic, records):
    assert len(traffic.dates()) == 30
    assert 6000 <= len(records) < 6300
    assert max(each.completed_at for each in records) < UNTIL
    assert UNTIL - min(each.created_at for each in records) > timedelta(days=28)


def test_every_record_belongs_to_its_day_and_has_an_id_of_its_own(traffic):
    ids = set()
    for day in traffic.dates():
        made = traffic.records_of(day)
        assert {each.created_at.date() for each in made} <= {day}
        assert made == sorted(made, key=lambda each: each.created_at)
        ids |= {each.request_id for each in made}
    assert len(ids) == sum(len(traffic.records_of(day)) for day in traffic.dates())


def test_weekdays_and_working_hours_are_busier(records):
    by_weekday = Counter(each.created_at.weekday() for each in records)
    assert by_weekday[2] > 2 * by_weekday[6]
    by_hour = Counter(each.created_at.hour for each in records)
    assert by_hour[10] > 4 * by_hour[3]


def test_there_are_three_providers_eight_models_and_many_users_of_unlike_size(records):
    assert {each.provider for each in records} == {"openai", "anthropic", "demo"}
    assert {each.request_model for each in records} == {model.name for model in MODELS}
    users = Counter(each.user_id for each in records)
    assert len(users) == 40
    assert users.most_common(1)[0][1] > 5 * users.most_common()[-1][1]


def test_one_day_has_an_error_burst(records):
    failed = Counter(each.created_at.date() for each in records if (each.status_code or 599) >= 400)
    burst = UNTIL.date() - timedelta(days=9)
    assert failed.most_common(1)[0][0] == burst
    assert failed[burst] > 2 * failed.most_common(2)[1][1]


def test_cache_hits_refer_to_an_earlier_answer(records):
    by_id = {each.request_id: each for each in records}
    hits = [each for each in records if each.cache_hit]
    assert hits
    for hit in hits:
        first = by_id[hit.cache_reference_id]
        assert first.completed_at < hit.created_at
        assert first.response_body == hit.response_body
        assert first.request_model == hit.request_model
        assert not first.cache_hit


def test_sessions_have_paths_and_tools(records):
    coding = [each for each in records if each.session_name == "coding task"]
    assert {"/plan", "/tools/run_tests"} <= {each.session_path for each in coding}
    assert {name for each in coding for name in each.tool_names} >= {"read_file", "edit_file"}
    assert max(Counter(each.session_id for each in coding).values()) > 3


@pytest.mark.parametrize(
    ("dialect", "is_stream"),
    [
        ("chat_completions", False),
        ("chat_completions", True),
        ("messages", False),
        ("messages", True),
        ("responses", False),
    ],
)
def test_the_gateway_would_read_the_bodies_as_the_record_says(records, dialect, is_stream):
    answered = [
        each
        for each in records
        if each.dialect == dialect and each.is_stream is is_stream and each.error_type is None and not each.cache_hit
    ]
    assert answered
    for each in answered[:100]:
        reader = dialect_of(each.path)
        assert reader is not None
        asked = reader.parse_request((each.request_body or "").encode())
        assert (asked.model, asked.is_stream) == (each.request_model, is_stream)
        body = (each.response_body or "").encode()
        if is_stream:
            stream = reader.new_stream()
            stream.feed(body)
            assert stream.terminal
            said = stream.facts()
        else:
            said = reader.parse_response(body)
        assert said.response_model == each.response_model
        assert said.finish_reason == each.finish_reason
        assert said.tool_names == each.tool_names
        assert said.usage is not None
        assert (said.usage.input_tokens, said.usage.output_tokens) == (each.input_tokens, each.output_tokens)
        assert (said.usage.cache_read_tokens or 0) == (each.cache_read_tokens or 0)
        assert (said.usage.reasoning_tokens or 0) == (each.reasoning_tokens or 0)


def test_requests_are_json_with_the_conversation_so_far(records):
    longest = max(records, key=lambda each: each.request_body_bytes)
    assert len(msgspec.json.decode(longest.request_body or "")["messages"]) > 1
