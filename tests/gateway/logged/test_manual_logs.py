"""Calls reported in the shape of Helicone's log libraries."""

import json
from uuid import uuid4

import httpx
import pytest

from providers.dialects.dialect import DIALECTS
from tests.gateway.logged.conftest import Reporting, form
from warehouse.record import Pair

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "What is a weir?"}], "user": "ada"}
ANSWER = {
    "object": "chat.completion",
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "A low dam."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16},
    # The library adds these to every answer.
    "_type": "unknown",
    "toolName": "unknown",
}
CHUNKS = [
    {"object": "chat.completion.chunk", "model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {"content": text}}]}
    for text in ("A low", " dam.")
] + [
    {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 4}},
]


def test_a_logged_call_has_what_a_carried_one_has(reporting: Reporting):
    record = reporting.log("/oai/v1/log", request=CHAT, response=ANSWER)
    assert (record.source, record.provider, record.dialect) == ("log", "openai", "chat_completions")
    assert (record.request_model, record.response_model) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert (record.usage_source, record.input_tokens, record.output_tokens) == ("reported", 12, 4)
    assert (record.status_code, record.error_type, record.finish_reason) == (200, None, "stop")
    assert record.latency_ms == pytest.approx(1500)
    assert record.time_to_first_token_ms == 120.5
    assert (record.request_preview, record.response_preview) == ("What is a weir?", "A low dam.")
    assert record.user_id == "ada"
    assert record.organization_id == reporting.gateway.accounts.organization_id
    assert record.step_kind == "llm"
    assert json.loads(record.request_body or "") == CHAT


@pytest.mark.parametrize(
    "path",
    [
        "/custom/v1/log",
        "/v1/trace/custom/v1/log",
        "/v1/trace/custom/log",
        "/v1/trace/custom/log/typed",
        "/v1/trace/custom/log/typed/",
    ],
)
def test_every_door_takes_the_same_log(reporting: Reporting, path: str):
    assert reporting.log(path, request=CHAT, response=ANSWER).response_preview == "A low dam."


@pytest.mark.parametrize(
    ("path", "named", "provider"),
    [
        ("/anthropic/v1/log", None, "anthropic"),
        ("/v1/trace/googleapis/v1/log", None, "google"),
        ("/custom/v1/log", "MISTRAL", "mistral"),
        ("/custom/v1/log", "our-own-model", "our-own-model"),
        ("/custom/v1/log", None, "custom"),
        ("/custom/v1/log", "CUSTOM", "custom"),
        ("/custom/v1/log", "<script>", "custom"),
    ],
)
def test_the_door_or_the_log_names_the_provider(reporting: Reporting, path: str, named: str | None, provider: str):
    assert reporting.log(path, request=CHAT, response=ANSWER, provider=named).provider == provider


def test_a_url_tells_provider_and_dialect(reporting: Reporting):
    body = form(request={"model": "mistral-small", "messages": []}, response={})
    body["providerRequest"]["url"] = "https://api.mistral.ai/v1/chat/completions?beta=true"
    record = reporting.gateway.record(reporting.post("/custom/v1/log", json=body).json()["request_id"])
    assert (record.provider, record.dialect) == ("mistral", "chat_completions")
    assert (record.target_host, record.path) == ("api.mistral.ai", "/v1/chat/completions")


@pytest.mark.parametrize(
    ("answer", "dialect", "tokens"),
    [
        (
            {"type": "message", "usage": {"input_tokens": 5, "cache_read_input_tokens": 2, "output_tokens": 3}},
            "messages",
            (7, 3),
        ),
        ({"object": "response", "output": [], "usage": {"input_tokens": 5, "output_tokens": 3}}, "responses", (5, 3)),
        (
            {"candidates": [], "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 3}},
            "gemini",
            (5, 3),
        ),
        ({"generation": "Hi", "prompt_token_count": 5, "generation_token_count": 3}, None, (5, 3)),
        ({"usage": {"prompt_tokens": 5, "completion_tokens": 3}}, None, (5, 3)),
        ({"said": "Hi"}, None, (None, None)),
    ],
)
def test_usage_is_found_in_every_shape(reporting: Reporting, answer: dict, dialect: str | None, tokens: tuple):
    record = reporting.log(request={"model": "m", "prompt": "Hi"}, response=answer)
    assert record.dialect == dialect
    assert (record.input_tokens, record.output_tokens) == tokens
    assert record.usage_source == ("none" if tokens == (None, None) else "reported")


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS) + "data: [DONE]\n\n",
        "\n".join(map(json.dumps, CHUNKS)),
    ],
    ids=["events", "chunks with newlines between"],
)
def test_a_stream_is_read_however_the_library_hands_it_on(reporting: Reporting, text: str):
    record = reporting.log("/oai/v1/log", request=CHAT | {"stream": True}, response=text)
    assert record.is_stream
    assert (record.response_preview, record.finish_reason) == ("A low dam.", "stop")
    assert (record.input_tokens, record.output_tokens) == (12, 4)
    conversation = DIALECTS["chat_completions"].messages(record.request_body, record.response_body)
    assert [message.text for message in conversation] == ["What is a weir?", "A low dam."]


def test_an_answer_in_a_text_is_read_as_what_it_is(reporting: Reporting):
    as_json = reporting.log("/oai/v1/log", request=CHAT, response=json.dumps(ANSWER))
    assert (as_json.is_stream, as_json.input_tokens, as_json.response_preview) == (False, 12, "A low dam.")
    plain = reporting.log("/oai/v1/log", request=CHAT, response="Just a low dam.")
    assert (plain.is_stream, plain.response_preview, plain.response_body) == (False,) + ("Just a low dam.",) * 2


def test_headers_of_the_log_and_its_meta_say_the_same_things_as_on_a_call(reporting: Reporting):
    id = str(uuid4())
    record = reporting.log(
        request=CHAT,
        response=ANSWER,
        headers={
            "Helicone-User-Id": "of the header",
            "Helicone-Session-Id": "s1",
            "Helicone-Session-Path": "/a/b",
            "Weir-Property-Team": "red",
        },
        meta={"Helicone-User-Id": "of the meta", "Helicone-Property-Team": "blue", "Helicone-Request-Id": id, "x": [1]},
    )
    assert (str(record.request_id), record.request_id_given) == (id, True)
    assert (record.user_id, record.session_id, record.session_path) == ("of the meta", "s1", "/a/b")
    assert record.properties == [Pair("team", "blue")]


def test_a_side_may_be_left_out(reporting: Reporting):
    record = reporting.log(request=CHAT, response=ANSWER, meta={"Helicone-Omit-Response": True})
    assert (record.response_body, record.response_preview, record.response_body_omitted) == (None, None, True)
    assert record.request_body is not None
    assert record.output_tokens == 4


@pytest.mark.parametrize(
    ("request_json", "answer", "kind", "name", "previews"),
    [
        (
            {"_type": "tool", "toolName": "weather", "input": {"city": "Ulm"}},
            {"_type": "tool", "toolName": "weather", "output": "rain"},
            "tool",
            "weather",
            ('{"city":"Ulm"}', "rain"),
        ),
        (
            {"_type": "vector_db", "operation": "search", "text": "dams", "topK": 3, "databaseName": "docs"},
            {"_type": "vector_db", "matches": 3},
            "retrieval",
            "docs",
            ("dams", '{"matches":3}'),
        ),
        ({"_type": "data", "name": "load"}, {"_type": "data"}, "data", "load", ("load", None)),
    ],
)
def test_a_step_that_calls_no_model_is_one_of_the_session(reporting, request_json, answer, kind, name, previews):
    record = reporting.log(request=request_json, response=answer, headers={"Helicone-Session-Id": "s2"})
    assert (record.step_kind, record.step_name, record.session_id) == (kind, name, "s2")
    assert (record.request_preview, record.response_preview) == previews
    assert (record.request_model, record.dialect, record.input_tokens) == (None, None, None)


@pytest.mark.parametrize(
    ("status", "answer", "error", "message", "recorded_status"),
    [
        (429, {"error": {"message": "slow down", "type": "rate_limit"}}, "rate_limited", "slow down", 429),
        (500, "Boom\nat line 1", "provider_error", "Boom", 500),
        (-3, "A low", "client_disconnected", "the reader left before the response was complete", None),
        (
            200,
            'Traceback (most recent call last):\n  File "a.py"\nValueError: key sk-abcdefghijklmnop\n\n',
            "provider_error",
            "ValueError: key [redacted]",
            None,
        ),
    ],
)
def test_a_call_that_failed_says_why(reporting: Reporting, status, answer, error, message, recorded_status):
    record = reporting.log("/oai/v1/log", request=CHAT, response=answer, status=status)
    assert (record.error_type, record.error_message, record.status_code) == (error, message, recorded_status)
    assert "sk-abc" not in (record.response_body or "")


def test_what_came_before_a_call_failed_is_kept(reporting: Reporting):
    failure = (
        "Traceback (most recent call last):\nKeyError: 1\n\nDuring handling of the above exception:"
        "\n\nTraceback (most recent call last):\nOSError: reset\n"
    )
    record = reporting.log("/oai/v1/log", request=CHAT, response=failure + "\n\n" + json.dumps(CHUNKS[0]))
    assert (record.error_message, record.response_preview) == ("OSError: reset", "A low")
    record = reporting.log("/oai/v1/log", request=CHAT, response=failure + "\n\n")
    assert (record.error_message, record.response_body) == ("OSError: reset", failure.rstrip())


def test_credentials_among_the_logged_headers_are_not_kept(reporting: Reporting):
    headers = {"Authorization": "Bearer sk-secret", "set-cookie": "a=b", "x-request-id": "r1", "Retry-After": "3"}
    record = reporting.log(request=CHAT, response=ANSWER, response_headers=headers)
    assert {(pair.name, pair.value) for pair in record.response_headers} == {
        ("x-request-id", "r1"),
        ("retry-after", "3"),
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda body: body.pop("providerRequest"), "providerRequest"),
        (lambda body: body["providerRequest"].update(json=[1]), "providerRequest.json"),
        (lambda body: body["providerResponse"].update(status="ok"), "providerResponse.status"),
        (lambda body: body["providerResponse"].update(status=7), "providerResponse.status"),
        (lambda body: body["timing"]["startTime"].update(seconds="now"), "timing.startTime.seconds"),
        (lambda body: body["timing"]["startTime"].update(seconds=1_800_000_000_000), "timing.startTime"),
        (lambda body: body["timing"]["startTime"].update(seconds=0), "timing.startTime"),
        (lambda body: body["timing"]["endTime"].update(seconds=1_700_000_000), "timing.endTime"),
        (
            lambda body: body["providerRequest"].update(meta={"Helicone-User-Id": {}}),
            "providerRequest.meta.Helicone-User-Id",
        ),
    ],
)
def test_a_bad_log_is_told_which_field_and_why(reporting: Reporting, change, field: str):
    body = form(request=CHAT, response=ANSWER)
    change(body)
    answer = reporting.post("/v1/trace/custom/log/typed", json=body)
    assert answer.status_code == 400
    told = answer.json()
    assert told["isValid"] is False
    (error,) = told["errors"]
    assert error["field"] == field
    assert error["message"]
    assert told["error"]["code"] == "bad_report"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'"a"', b"[" * 100_000])
def test_what_is_no_log_is_refused(reporting: Reporting, body: bytes):
    answer = reporting.post("/custom/v1/log", content=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "body")


def test_numbers_that_json_has_not_do_not_lose_a_log(reporting: Reporting):
    body = json.dumps(form(request=CHAT | {"temperature": float("nan")}, response=ANSWER))
    assert reporting.post("/custom/v1/log", content=body).status_code == 200


def test_only_a_key_of_the_gateway_may_report(reporting: Reporting):
    body = form(request=CHAT, response=ANSWER)
    for header, status in (
        ({"Authorization": ""}, 401),
        ({"Authorization": f"Bearer {reporting.gateway.accounts.query_key}"}, 403),
        ({"Authorization": "", "Helicone-Auth": f"Bearer {reporting.gateway.accounts.key}"}, 200),
    ):
        assert reporting.post("/custom/v1/log", json=body, headers=header).status_code == status
    answer = reporting.post("/custom/v1/log", json=body, headers={"Helicone-Request-Id": "seven"})
    assert (answer.status_code, "Request-Id" in answer.json()["error"]["message"]) == (400, True)


def test_a_log_is_posted(reporting: Reporting):
    assert httpx.get(f"{reporting.gateway.url}/custom/v1/log", headers=reporting.auth).status_code == 405
