"""What a request at Helicone becomes: the record that the gateway would have written."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from tests.weir.importing.conversations import CHAT, CHAT_ANSWER, CLAUDE, CLAUDE_ANSWER, number, plain
from warehouse.record import Exchange, Feedback, Pair, Score

DAY = date(2026, 11, 1)
AT = "2026-11-01 08:30:00.123"


@pytest.fixture
def bring(place, helicone):
    """Brings one request and returns its records."""

    def brought(request=CHAT, response=CHAT_ANSWER, *, inline=False, **columns):
        helicone.add(request, response, inline=inline, **plain(1, AT) | columns)
        place.bring(DAY, DAY)
        return place.records()

    return brought


@pytest.mark.parametrize("inline", [False, True])
def test_a_chat_comes_with_what_its_bodies_say(bring, inline):
    [exchange] = bring(inline=inline, time_to_first_token=210, country_code="DE", request_user_id="u1", cost=0.0000042)
    assert isinstance(exchange, Exchange)
    assert exchange.request_id == UUID(number(1))
    assert exchange.request_id_given
    assert exchange.source == "import"
    assert exchange.created_at == datetime(2026, 11, 1, 8, 30, 0, 123000, UTC)
    assert (exchange.completed_at - exchange.created_at).total_seconds() == 0.8
    assert (exchange.latency_ms, exchange.time_to_first_token_ms) == (800, 210)
    assert (exchange.provider, exchange.dialect, exchange.path) == (
        "openai",
        "chat_completions",
        "/v1/chat/completions",
    )
    assert (exchange.request_model, exchange.response_model) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert (exchange.status_code, exchange.error_type, exchange.finish_reason) == (200, None, "stop")
    assert (exchange.usage_source, exchange.input_tokens, exchange.output_tokens) == ("reported", 14, 3)
    assert exchange.cache_read_tokens == 4
    assert exchange.provider_cost_usd == Decimal("0.0000042")
    assert (exchange.user_id, exchange.country_code) == ("u1", "DE")
    assert (exchange.request_preview, exchange.response_preview) == ("What is the capital of France?", "Paris.")
    assert msgspec.json.decode(exchange.request_body or "") == CHAT
    assert msgspec.json.decode(exchange.response_body or "") == CHAT_ANSWER


def test_sessions_prompts_and_properties_come_under_their_own_names(bring):
    [exchange] = bring(
        prompt_version="4",
        request_properties={
            "Helicone-Session-Id": "s1",
            "Helicone-Session-Path": "/plan/search",
            "Helicone-Session-Name": "trip",
            "Helicone-Prompt-Id": "greeting",
            "Environment": "production",
            "Helicone-Sent-To-Posthog": "true",
        },
    )
    assert (exchange.session_id, exchange.session_path, exchange.session_name) == ("s1", "/plan/search", "trip")
    assert (exchange.prompt_id, exchange.prompt_version) == ("greeting", "4")
    assert exchange.properties == [Pair("environment", "production"), Pair("helicone-sent-to-posthog", "true")]


def test_claude_counts_what_its_cache_held_among_the_prompt(bring):
    [exchange] = bring(CLAUDE, CLAUDE_ANSWER, provider="ANTHROPIC", target_url="https://api.anthropic.com/v1/messages")
    assert (exchange.provider, exchange.dialect) == ("anthropic", "messages")
    assert (exchange.input_tokens, exchange.cache_read_tokens, exchange.output_tokens) == (108, 100, 4)


@pytest.mark.parametrize(
    ("provider", "tokens", "expected"),
    [
        ("OPENAI", (100, 20, 30, 0), (100, 20, 30)),
        ("OPENAI", (100, 20, 300, 0), (400, 20, 300)),
        ("ANTHROPIC", (100, 20, 30, 5), (135, 20, 30)),
        ("OPENAI", (0, 0, 0, 0), (None, None, None)),
    ],
)
def test_where_the_bodies_are_gone_helicones_count_stands(bring, helicone, place, provider, tokens, expected):
    names = ("prompt_tokens", "completion_tokens", "prompt_cache_read_tokens", "prompt_cache_write_tokens")
    helicone.add(CHAT, CHAT_ANSWER, **plain(2, AT), provider=provider, **dict(zip(names, tokens, strict=True)))
    helicone.bodies.clear()
    place.bring(DAY, DAY)
    [exchange] = place.records()
    assert (exchange.input_tokens, exchange.output_tokens, exchange.cache_read_tokens) == expected
    assert exchange.usage_source == ("none" if expected[0] is None else "reported")
    assert exchange.request_model == "gpt-4o-mini"
    assert (exchange.request_body, exchange.response_body) == (None, None)


def test_a_hit_of_helicones_cache_is_one_here_too(bring, helicone):
    helicone.bodies[number(7)] = {"request": CHAT, "response": CHAT_ANSWER}
    [exchange] = bring(cache_reference_id=number(7), cache_enabled=1, cost=0.5)
    assert exchange.cache_hit
    assert exchange.cache_reference_id == UUID(number(7))
    assert exchange.response_preview == "Paris."
    assert exchange.provider_cost_usd is None


def test_a_refusal_keeps_its_status_and_the_providers_words(bring):
    [exchange] = bring(response={"error": {"message": "Rate limit reached", "type": "tokens"}}, response_status=429)
    assert (exchange.status_code, exchange.error_type) == (429, "rate_limited")
    assert exchange.error_message == "Rate limit reached"


@pytest.mark.parametrize(
    ("status", "error_type"), [(-3, "client_disconnected"), (-2, "provider_error"), (0, "provider_error")]
)
def test_a_call_without_an_http_status_has_none(bring, status, error_type):
    [exchange] = bring(response={}, response_status=status)
    assert (exchange.status_code, exchange.error_type) == (None, error_type)


def test_an_answer_that_is_no_json_comes_as_its_text(bring):
    [exchange] = bring(response="upstream connect error", response_status=503)
    assert exchange.response_body == "upstream connect error"
    assert exchange.status_code == 503


def test_a_stream_is_one_by_its_request_and_its_events_are_not_kept_twice(bring):
    [exchange] = bring(CHAT | {"stream": True}, CHAT_ANSWER | {"streamed_data": "data: {}\n\n" * 50})
    assert exchange.is_stream
    assert msgspec.json.decode(exchange.response_body or "") == CHAT_ANSWER
    assert exchange.output_tokens == 3


def test_a_tool_is_a_step_and_no_call_to_a_model(bring):
    tool = {"_type": "tool", "toolName": "search", "input": {"query": "rain"}}
    [exchange] = bring(tool, {"_type": "tool", "result": "wet"}, provider="CUSTOM", target_url="custom-model-nopath")
    assert (exchange.step_kind, exchange.step_name) == ("tool", "search")
    assert exchange.request_model is None


def test_scores_and_feedback_come_as_records_of_their_own(bring):
    exchange, *said = bring(scores={"helpfulness": 80, "is-safe-hcone-bool": 1, "helicone-score-feedback": 0})
    [safe, helpful] = sorted((each for each in said if isinstance(each, Score)), key=lambda each: each.value_type)
    assert (safe.name, safe.value_type, safe.value) == ("is-safe", "boolean", 1)
    assert (helpful.name, helpful.value_type, helpful.value, helpful.source) == ("helpfulness", "float", 80, "helicone")
    [feedback] = [each for each in said if isinstance(each, Feedback)]
    assert feedback.rating is False
    assert {each.request_id for each in said} == {exchange.request_id}


def test_the_older_routes_way_to_write_scores_and_feedback_is_read(bring):
    _, *said = bring(scores={"tone": {"value": 7, "valueType": "number"}, "empty": None}, feedback_rating=True)
    assert [(each.name, each.value) for each in said if isinstance(each, Score)] == [("tone", 7)]
    assert [each.rating for each in said if isinstance(each, Feedback)] == [True]


def test_numbers_may_be_texts_as_clickhouse_writes_large_ones(bring):
    [exchange] = bring(delay_ms="1500", prompt_tokens="12", response_status="200")
    assert exchange.latency_ms == 1500
