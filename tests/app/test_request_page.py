"""Parts of a request's page that are functions of what is stored."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.api_client.values import Attempt, Cost, Header, Score, StoredRequest
from app.page_parts.markdown import plain, prose
from app.pages.request import cost, curl, route, scores, timing
from app.pages.request.conversation import pretty

BEGAN = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


def stored(*attempts: Attempt, headers: tuple[Header, ...] = (), **row: Any) -> StoredRequest:
    usual = {
        "created_at": BEGAN.isoformat(),
        "provider": "openai",
        "method": "POST",
        "path": "/v1/chat/completions",
        "latency_ms": 1000.0,
        "gateway_ms": 1.0,
        "time_to_first_byte_ms": 300.0,
        "time_to_first_token_ms": 320.0,
    }
    return StoredRequest(usual | row, Cost("none"), attempts=attempts, request_headers=headers)


def test_the_steps_of_a_stream_fill_its_time():
    steps = timing.steps_of(stored())
    assert [(step.name, step.start_ms, step.end_ms) for step in steps] == [
        ("Gateway", 0.0, 1.0),
        ("Waiting for the provider", 1.0, 300.0),
        ("Until the first token", 300.0, 320.0),
        ("Streaming the answer", 320.0, 1000.0),
    ]


def test_times_that_nobody_knows_are_no_steps():
    known = timing.steps_of(stored(gateway_ms=None, time_to_first_byte_ms=None, time_to_first_token_ms=None))
    assert [(step.start_ms, step.end_ms) for step in known] == [(0.0, 1000.0)]
    assert timing.steps_of(stored(latency_ms=None)) == []


def test_every_try_has_its_step_where_there_were_several():
    first = Attempt("openai", BEGAN, 200.0, 500)
    second = Attempt("azure", BEGAN + timedelta(milliseconds=250), 700.0, 200)
    tries = [step for step in timing.steps_of(stored(first, second)) if step.name.startswith("Try")]
    assert [(step.name, step.start_ms) for step in tries] == [("Try 1: openai, 500", 0.0), ("Try 2: azure, 200", 250.0)]


def test_tokens_by_kind_add_up_to_the_totals():
    row = {
        "input_tokens": 1000,
        "output_tokens": 100,
        "cache_read_tokens": 600,
        "cache_write_tokens": 300,
        "cache_write_1h_tokens": 100,
        "reasoning_tokens": 40,
    }
    assert list(cost.buckets(row).values()) == [100, 600, 200, 100, 60, 40]


def test_a_call_without_usage_has_no_kinds():
    assert cost.buckets(dict.fromkeys(row_names())) == {}


def row_names() -> tuple[str, ...]:
    parts = ("cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "reasoning_tokens")
    return ("input_tokens", "output_tokens", *parts)


def test_a_command_says_the_request_again_and_quotes_what_is_in_it():
    headers = (Header("Content-Type", "application/json"), Header("User-Agent", "python"))
    told = curl.command(stored(headers=headers), b"""{"text": "it's"}""", "http://gateway:8787/")
    assert told == (
        "curl http://gateway:8787/openai/v1/chat/completions \\\n"
        '  -H "Weir-Auth: Bearer <your gateway key>" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        """  --data-raw '{"text": "it'"'"'s"}'"""
    )


def test_a_body_never_names_a_file_of_the_reader():
    assert curl.command(stored(), b"@/etc/passwd", "http://gateway").endswith("--data-raw @/etc/passwd")


def test_a_long_body_is_named_instead_of_pasted():
    assert curl.command(stored(), b"x" * 30_000, "http://gateway").endswith("-d @request.json")


def test_a_call_that_was_translated_or_failed_over_is_said_again_at_the_unified_door():
    tried = (Attempt("openai", BEGAN, 1.0, 503), Attempt("google", BEGAN, 1.0, 200))
    for call in (
        msgspec.structs.replace(stored(dialect="messages"), translated_to="chat_completions"),
        stored(*tried, dialect="messages"),
        stored(Attempt("openai", BEGAN, 1.0, 200, model="gpt-99"), dialect="messages"),
        stored(dialect="messages", provider="custom", path="", source="log"),
    ):
        assert curl.command(call, None, "http://gateway").startswith("curl http://gateway/v1/messages ")
    gemini = stored(*tried, dialect="gemini", request_model="gemini-2.5-flash", is_stream=False)
    assert "/v1beta/models/gemini-2.5-flash:generateContent" in curl.command(gemini, None, "http://gateway")


def test_a_call_that_was_refused_is_said_again_where_it_came():
    refused = stored(provider="weir", path="/v1/messages", dialect="messages")
    assert curl.command(refused, None, "http://gateway").startswith("curl http://gateway/v1/messages ")


def test_a_step_that_calls_no_model_has_no_command():
    assert curl.command(stored(provider="custom", path="", dialect=None, source="otlp"), None, "http://gateway") is None


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (stored(source="otlp"), "OpenTelemetry span"),
        (stored(provider="weir", source="gateway"), "refused it before a provider was chosen"),
        (stored(cache_hit=True, saved_latency_ms=800.0), "openai was not asked. That saved 800 ms."),
        (stored(rate_limit_policy="2;w=60"), "refused by the limit `2;w=60`"),
        (stored(), "It was not sent to openai."),
        (
            msgspec.structs.replace(stored(dialect="messages"), translated_to="chat_completions"),
            "The caller speaks `messages`; openai takes it as `chat\\_completions`",
        ),
    ],
)
def test_a_route_says_what_became_of_the_call(call, told):
    assert told.replace("\\_", "_") in "\n".join(route.facts_of(call))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("an ![x](https://evil.example/?q=secret) image", "an !\\[x](https://evil.example/?q=secret) image"),
        ("![x][1]\n\n[1]: https://evil.example", "!\\[x][1]\n\n[1]: https://evil.example"),
        ("from $5 to $6", "from \\$5 to \\$6"),
        (":red[alarm] :material/home: at 12:30", "\\:red[alarm] :material/home: at 12:30"),
        ("`$HOME` and ```\n$5\n```", "`$HOME` and ```\n$5\n```"),
        ("**bold**", "**bold**"),
    ],
)
def test_prose_keeps_formatting_and_loses_what_acts(text, shown):
    assert prose(text) == shown


def test_plain_text_has_no_formatting_at_all():
    assert plain("*a* [b](c) `d` <e> $f$") == r"\*a\* \[b\]\(c\) \`d\` \<e\> \$f\$"


def test_json_gets_line_breaks_and_the_rest_stays():
    assert pretty('{"a": "é"}') == '{\n  "a": "é"\n}'
    assert pretty("data: {}") == "data: {}"


def test_a_score_is_written_in_the_way_of_its_type():
    given = [Score("a", BEGAN, value=0.5), Score("b", BEGAN, value_type="boolean", value=0.0)]
    given.append(Score("c", BEGAN, value_type="category", category="dry"))
    assert [scores.written(each) for each in given] == ["0.5", "no", "dry"]


def test_the_latest_word_of_each_source_is_its_feedback():
    def said(value: float, source: str) -> Score:
        return Score("feedback", BEGAN, kind="feedback", value_type="boolean", value=value, source=source)

    judged = msgspec.structs.replace(stored(), scores=(said(1, "user"), said(0, "user"), said(1, "nurse")))
    assert scores.badges(judged) == ["thumb_down", "thumb_up"]
