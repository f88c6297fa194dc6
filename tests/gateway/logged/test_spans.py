"""Spans become calls and steps, whichever convention and encoding they come in."""

import gzip
import json
import time
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from gateway.logged.otlp.exchange import request_id_of
from providers.dialects.dialect import DIALECTS
from tests.gateway.logged.conftest import Reporting
from tests.gateway.logged.conventional_spans import CONVENTIONS, OPENINFERENCE, OPENLLMETRY, OPENTELEMETRY
from tests.gateway.logged.exports import as_json, protobuf, span
from warehouse.record import Exchange, Pair

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


def record_of(reporting: Reporting, sent: dict[str, Any]) -> Exchange:
    return reporting.gateway.record(str(request_id_of(sent["trace_id"], sent["span_id"])))


def recorded(reporting: Reporting, attributes: dict[str, Any], **given: Any) -> Exchange:
    """Exports one span and returns its record."""
    headers = given.pop("headers", {})
    resource = given.pop("resource", None)
    sent = span(attributes, **given)
    answer = reporting.post("/v1/traces", content=protobuf(sent, resource=resource), headers=PROTOBUF | headers)
    assert (answer.status_code, answer.content) == (200, b""), answer.text
    return record_of(reporting, sent)


@pytest.mark.parametrize("attributes", CONVENTIONS.values(), ids=CONVENTIONS.keys())
def test_a_call_is_the_same_in_every_convention(reporting: Reporting, attributes: dict[str, Any]):
    record = recorded(reporting, attributes)
    assert (record.source, record.step_kind, record.provider) == ("otlp", "llm", "openai")
    assert (record.request_model, record.response_model) == ("gpt-4o", "gpt-4o-2024-08-06")
    assert (record.input_tokens, record.output_tokens, record.cache_read_tokens) == (100, 20, 60)
    assert (record.usage_source, record.finish_reason, record.status_code) == ("reported", "tool_calls", 200)
    assert (record.session_id, record.user_id, record.tool_names) == ("talk", "ada", ["umbrella"])
    assert record.latency_ms == pytest.approx(1500)
    assert (record.request_preview, record.response_preview) == ("Weather in Ulm?", "It rains.")

    assert record.dialect is not None
    conversation = DIALECTS[record.dialect].messages(record.request_body, record.response_body)
    assert [message.role for message in conversation] == ["system", "user", "assistant", "tool", "assistant"]
    assert [message.text for message in conversation][:2] == ["Be brief.", "Weather in Ulm?"]
    (call,) = conversation[2].tool_calls
    assert (call.id, call.name, json.loads(call.arguments)) == ("c1", "weather", {"city": "Ulm"})
    (result,) = conversation[3].tool_results
    assert (result.call_id, result.text) == ("c1", "rain")
    assert (conversation[4].text, conversation[4].tool_calls[0].name) == ("It rains.", "umbrella")


@pytest.mark.parametrize("attributes", CONVENTIONS.values(), ids=CONVENTIONS.keys())
@pytest.mark.parametrize("path", ["/v1/traces", "/v1/trace/log"])
def test_json_says_the_same_as_protobuf(reporting: Reporting, attributes: dict[str, Any], path: str):
    first, again = span(attributes), span(attributes)
    again |= {"start": first["start"], "end": first["end"]}
    reporting.post("/v1/trace/log-python", content=protobuf(first), headers=PROTOBUF)
    answer = reporting.post(path, content=as_json(again), headers=JSON)
    assert (answer.status_code, answer.json(), answer.headers["content-type"]) == (200, {}, "application/json")
    one, other = record_of(reporting, first), record_of(reporting, again)
    differ = {"request_id", "trace_id", "span_id", "session_id"}
    for name in set(Exchange.__struct_fields__) - differ:
        assert getattr(one, name) == getattr(other, name), name


def test_a_compressed_export_is_read(reporting: Reporting):
    sent = span(OPENTELEMETRY)
    headers = PROTOBUF | {"Content-Encoding": "gzip"}
    assert reporting.post("/v1/traces", content=gzip.compress(protobuf(sent)), headers=headers).status_code == 200
    assert record_of(reporting, sent).input_tokens == 100


@pytest.mark.parametrize(
    ("attributes", "kind", "name"),
    [
        ({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather"}, "tool", "weather"),
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "guide"}, "agent", "guide"),
        ({"traceloop.span.kind": "workflow", "traceloop.entity.name": "plan"}, "workflow", "plan"),
        ({"traceloop.span.kind": "task"}, "task", "a span"),
        ({"openinference.span.kind": "RETRIEVER"}, "retrieval", "a span"),
        ({"openinference.span.kind": "CHAIN"}, "workflow", "a span"),
        ({"openinference.span.kind": "GUARDRAIL"}, "guardrail", "a span"),
        ({"openinference.span.kind": "EVALUATOR"}, "evaluation", "a span"),
        ({"db.system": "chroma", "db.operation": "query"}, "retrieval", "chroma"),
        ({"ai.operationId": "ai.generateText"}, "workflow", "a span"),
        ({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "weather"}, "tool", "weather"),
        ({"mcp.method.name": "tools/call"}, "tool", "tools/call"),
    ],
)
def test_other_steps_are_steps_and_cost_nothing(reporting: Reporting, attributes, kind: str, name: str):
    # Agents add up what the calls below them used; it must not count twice.
    summed = {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 500}
    record = recorded(reporting, attributes | summed, name="a span")
    assert (record.step_kind, record.step_name) == (kind, name)
    assert (record.request_model, record.input_tokens, record.usage_source) == (None, None, "none")


def test_a_step_keeps_what_went_in_and_what_came_out(reporting: Reporting):
    tool = {
        "traceloop.span.kind": "tool",
        "traceloop.entity.input": '{"city": "Ulm"}',
        "traceloop.entity.output": "rain",
        "traceloop.entity.path": "plan.search.weather",
    }
    record = recorded(reporting, tool, parent_span_id="00f067aa0ba902b7")
    assert (record.request_body, record.response_body) == ('{"city": "Ulm"}', "rain")
    assert (record.session_path, record.parent_span_id) == ("/plan/search/weather", "00f067aa0ba902b7")
    assert (record.trace_id, record.session_id) == (record.trace_id, record.trace_id)
    found = {"openinference.span.kind": "RETRIEVER", "retrieval.documents.0.document.content": "A weir is a dam."}
    assert "A weir is a dam." in (recorded(reporting, found).response_body or "")


def test_spans_of_no_llm_application_are_accepted_and_not_kept(reporting: Reporting):
    web = span({"http.request.method": "GET", "url.full": "http://a", "traceloop.workflow.name": "w"}, name="GET")
    call = span(OPENTELEMETRY)
    before = reporting.gateway.metric('weir_gateway_spans_passed_over_total{outcome="ignored"}')
    answer = reporting.post("/v1/traces", content=protobuf(web, call), headers=PROTOBUF)
    assert (answer.status_code, answer.content) == (200, b"")
    assert record_of(reporting, call)
    assert str(request_id_of(web["trace_id"], web["span_id"])) not in {
        str(record.request_id) for record in reporting.gateway.records()
    }
    assert reporting.gateway.metric('weir_gateway_spans_passed_over_total{outcome="ignored"}') == before + 1


def test_what_is_sent_again_has_the_same_id(reporting: Reporting):
    sent = span(OPENTELEMETRY)
    for _ in range(2):
        assert reporting.post("/v1/traces", content=protobuf(sent), headers=PROTOBUF).status_code == 200
    id = request_id_of(sent["trace_id"], sent["span_id"])
    twice = [record for record in reporting.gateway.records() if record.request_id == id]
    assert len({record.created_at for record in twice}) == 1
    assert all(record.request_id_given for record in twice)
    assert id.version == 5


def test_a_late_span_lands_on_its_own_day(reporting: Reporting):
    three_days = 3 * 86_400 * 10**9
    start = time.time_ns() - three_days
    record = recorded(reporting, OPENTELEMETRY, start=start, end=start + 10**9)
    assert record.created_at.timestamp() == pytest.approx(start / 1e9, abs=1e-3)
    day = f"dt={record.created_at:%Y-%m-%d}"
    places = [*reporting.gateway.settings.data_dir.rglob(f"*{day}*")]
    assert places


def test_labels_are_properties_and_speak_as_headers_do(reporting: Reporting):
    attributes = OPENLLMETRY | {
        "traceloop.association.properties.Helicone-Session-Name": "support",
        "traceloop.association.properties.Helicone-Property-Plan": "pro",
        "traceloop.association.properties.Helicone-User-Id": "grace",
    }
    resource = {"service.name": "shop", "telemetry.sdk.name": "opentelemetry"}
    headers = {"Helicone-Property-App": "web", "Helicone-User-Id": "of all"}
    record = recorded(reporting, attributes, resource=resource, headers=headers)
    assert record.properties == [
        Pair("app", "web"),
        Pair("plan", "pro"),
        Pair("team", "red"),
        Pair("service.name", "shop"),
    ]
    assert (record.user_id, record.session_name, record.session_id) == ("grace", "support", "talk")
    assert recorded(reporting, OPENINFERENCE, headers=headers).user_id == "ada"
    assert recorded(reporting, {"gen_ai.request.model": "m"}, headers=headers).user_id == "of all"


@pytest.mark.parametrize(
    ("given", "error", "message", "status"),
    [
        ({"status": (2, "went wrong")}, "provider_error", "went wrong", None),
        (
            {
                "status": (2, ""),
                "events": [("exception", 5, {"exception.type": "openai.RateLimitError", "exception.message": "slow"})],
            },
            "rate_limited",
            "slow",
            None,
        ),
        ({"status": (2, "x sk-abcdefghijklmnop")}, "provider_error", "x [redacted]", None),
        ({"status": (2, "no"), "more": {"error.type": "429"}}, "rate_limited", "no", 429),
        ({"status": (2, ""), "more": {"error.type": "ReadTimeout"}}, "timeout", "ReadTimeout", None),
        ({"more": {"http.response.status_code": 503}}, "provider_error", None, 503),
    ],
)
def test_a_failed_call_says_why(reporting: Reporting, given: dict, error: str, message: str | None, status: int | None):
    given = dict(given)
    record = recorded(reporting, OPENTELEMETRY | given.pop("more", {}), **given)
    assert (record.error_type, record.error_message, record.status_code) == (error, message, status)


def test_older_events_are_messages_too(reporting: Reporting):
    events = [
        ("gen_ai.system.message", 1, {"content": "Be brief."}),
        ("gen_ai.user.message", 2, {"content": "Hi"}),
        ("gen_ai.choice", 3, {"finish_reason": "stop", "message": json.dumps({"content": "Hello"})}),
    ]
    record = recorded(reporting, {"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o"}, events=events)
    assert (record.request_preview, record.response_preview, record.finish_reason) == ("Hi", "Hello", "stop")
    older = [
        ("gen_ai.content.prompt", 1, {"gen_ai.prompt": json.dumps([{"role": "user", "content": "Hi"}])}),
        (
            "gen_ai.content.completion",
            2,
            {"gen_ai.completion": json.dumps([{"role": "assistant", "content": "Hello"}])},
        ),
    ]
    record = recorded(reporting, {"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o"}, events=older)
    assert (record.request_preview, record.response_preview) == ("Hi", "Hello")


def test_the_first_piece_of_a_stream_is_timed(reporting: Reporting):
    chunks = [("llm.content.completion.chunk", 250_000_000, {}), ("llm.content.completion.chunk", 300_000_000, {})]
    assert recorded(reporting, OPENLLMETRY, events=chunks).time_to_first_token_ms == pytest.approx(250)
    told = OPENTELEMETRY | {"gen_ai.response.time_to_first_chunk": 0.2}
    assert recorded(reporting, told).time_to_first_token_ms == pytest.approx(200)


def test_an_embedding_is_a_call(reporting: Reporting):
    made = {
        "openinference.span.kind": "EMBEDDING",
        "embedding.model_name": "text-embedding-3-small",
        "embedding.embeddings.0.embedding.text": "a weir",
        "llm.token_count.prompt": 3,
    }
    record = recorded(reporting, made)
    assert (record.step_kind, record.response_model, record.input_tokens) == ("llm", "text-embedding-3-small", 3)
    assert json.loads(record.request_body or "")["input"] == ["a weir"]


def test_cached_tokens_left_out_of_the_total_are_added(reporting: Reporting):
    usage = {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.cache_read_input_tokens": 900}
    assert recorded(reporting, {"gen_ai.request.model": "claude"} | usage).input_tokens == 910


def test_a_side_may_be_left_out(reporting: Reporting):
    record = recorded(reporting, OPENTELEMETRY, headers={"Helicone-Omit-Request": "true"})
    assert (record.request_body, record.request_preview, record.request_body_omitted) == (None, None, True)
    assert record.response_preview == "It rains."


@pytest.mark.parametrize("is_json", [False, True])
def test_one_bad_span_does_not_spoil_the_others(reporting: Reporting, is_json: bool):
    good = span(OPENTELEMETRY)
    bad = [span(OPENTELEMETRY, trace_id="00" * 16), span(OPENTELEMETRY, start=5, end=6, name="old")]
    body, headers = (as_json(*bad, good), JSON) if is_json else (protobuf(*bad, good), PROTOBUF)
    answer = reporting.post("/v1/traces", content=body, headers=headers)
    assert answer.status_code == 200
    if is_json:
        told = answer.json()["partialSuccess"]
        rejected, message = told["rejectedSpans"], told["errorMessage"]
    else:
        partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
        rejected, message = str(partial.rejected_spans), partial.error_message
    assert rejected == "2"
    assert "trace id" in message
    assert record_of(reporting, good)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", JSON),
        (b'{"resourceSpans": 7}', JSON),
        (b"[" * 100_000, JSON),
        (b"\xff\xff\xff", PROTOBUF),
        (b"no gzip", PROTOBUF | {"Content-Encoding": "gzip"}),
    ],
)
def test_what_is_no_export_is_refused_in_the_senders_encoding(reporting: Reporting, body: bytes, headers: dict):
    answer = reporting.post("/v1/traces", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == headers["Content-Type"]
    assert b"body" in answer.content


@pytest.mark.parametrize("path", ["/v1/metrics", "/v1/logs"])
def test_metrics_and_logs_are_thanked_for(reporting: Reporting, path: str):
    answer = reporting.post(path, content=b"\x0a\x00", headers=PROTOBUF)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert reporting.post(path, json={"resourceLogs": []}).json() == {}
    assert reporting.post(path, json={}, headers={"Authorization": "Bearer nobody's"}).status_code == 401


def test_odd_attributes_do_no_harm(reporting: Reporting):
    odd: dict[str, Any] = {
        "gen_ai.request.model": ["a", "b"],
        "gen_ai.usage.input_tokens": "many",
        "gen_ai.usage.output_tokens": -5,
        "gen_ai.prompt.0": "no role",
        "gen_ai.prompt.0.role": {"a": [1, {"b": 2.5}]},
        "gen_ai.prompt.x.content": True,
        "gen_ai.input.messages": '[{"role": 5, "parts": "x"}, 7]',
        "gen_ai.output.messages": "[" * 500,
        "gen_ai.tool.definitions": '{"a": 1}',
        "llm.tools.0.tool.json_schema": 5,
        "session.id": 12,
        "user.id": True,
        "gen_ai.response.finish_reasons": [],
        "metadata": "[1]",
        "tag.tags": [1, "a"],
        "traceloop.entity.path": "...",
    }
    record = recorded(reporting, odd)
    assert (record.request_model, record.session_id, record.user_id) == ("a", "12", None)
    assert (record.input_tokens, record.output_tokens) == (None, None)
