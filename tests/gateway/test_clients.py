"""The vendors' own SDKs through the gateway, and the records of their calls, field by field."""

import json
from datetime import UTC, datetime, timedelta

import anthropic
import httpx
import openai

from tests.gateway.running import RunningGateway
from warehouse.record import Pair

PROVIDER_KEY = "sk-provider-0123456789abcdef"


def openai_client(gateway: RunningGateway, **options: object) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{gateway.url}/openai/v1",
        api_key=PROVIDER_KEY,
        default_headers=gateway.auth,
        max_retries=0,
        **options,
    )


def anthropic_client(gateway: RunningGateway) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        base_url=f"{gateway.url}/anthropic", api_key=PROVIDER_KEY, default_headers=gateway.auth, max_retries=0
    )


def test_a_chat_completion_is_recorded_field_by_field(gateway: RunningGateway):
    began = datetime.now(UTC)
    answer = openai_client(gateway).chat.completions.with_raw_response.create(
        model="gpt-5-mini+cached-tokens=3+reasoning-tokens=5+service-tier=flex",
        messages=[{"role": "user", "content": "How deep is the river?"}],
        extra_headers={
            "Helicone-User-Id": "ada",
            "Helicone-Session-Id": "s-1",
            "Helicone-Session-Path": "/plan/search",
            "Helicone-Session-Name": "planner",
            "Helicone-Property-App": "atlas",
            "Weir-Property-Stage": "test",
            "Weir-Prompt-Id": "greeting",
            "Weir-Prompt-Version": "7",
            "CF-IPCountry": "NZ",
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        },
    )
    body = json.loads(answer.content)
    record = gateway.record(answer.headers["weir-request-id"])

    assert answer.headers["helicone-id"] == answer.headers["weir-request-id"]
    assert record.request_id.version == 7
    assert not record.request_id_given
    assert record.organization_id == gateway.accounts.organization_id
    assert record.api_key_id == gateway.accounts.key_id
    assert began - timedelta(seconds=1) <= record.created_at <= record.completed_at <= datetime.now(UTC)
    assert record.source == "gateway"
    assert (record.user_id, record.session_id) == ("ada", "s-1")
    assert (record.session_path, record.session_name) == ("/plan/search", "planner")
    assert record.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert sorted((pair.name, pair.value) for pair in record.properties) == [("app", "atlas"), ("stage", "test")]
    assert (record.prompt_id, record.prompt_version) == ("greeting", "7")
    assert (record.provider, record.dialect, record.method) == ("openai", "chat_completions", "POST")
    assert record.path == "/openai/v1/chat/completions"
    assert record.target_host == "127.0.0.1"
    assert record.request_model is not None
    assert record.request_model.startswith("gpt-5-mini")
    assert record.response_model == body["model"]
    assert record.is_stream is False
    assert record.service_tier == "flex"
    assert (record.status_code, record.error_type, record.error_message) == (200, None, None)
    assert record.finish_reason == "stop"
    assert record.usage_source == "reported"
    assert record.input_tokens == body["usage"]["prompt_tokens"]
    assert record.output_tokens == body["usage"]["completion_tokens"]
    assert (record.cache_read_tokens, record.reasoning_tokens) == (3, 5)
    assert record.user_agent is not None
    assert record.user_agent.startswith("OpenAI/Python")
    assert record.country_code == "NZ"
    assert record.request_body is not None
    assert json.loads(record.request_body)["messages"] == [{"role": "user", "content": "How deep is the river?"}]
    assert record.request_body_bytes == len(record.request_body)
    assert record.response_body == answer.content.decode()
    assert record.response_body_bytes == len(record.response_body)
    assert not record.request_body_truncated
    assert not record.response_body_truncated
    assert record.request_preview == "How deep is the river?"
    assert record.response_preview == body["choices"][0]["message"]["content"][:2000]
    assert record.time_to_first_token_ms is None
    assert record.latency_ms is not None
    assert record.time_to_first_byte_ms is not None
    assert record.gateway_ms is not None
    assert 0 <= record.gateway_ms <= record.time_to_first_byte_ms <= record.latency_ms
    assert record.completed_at - record.created_at == timedelta(microseconds=round(record.latency_ms * 1000))
    [attempt] = record.attempts
    assert (attempt.provider, attempt.status_code, attempt.error_type) == ("openai", 200, None)
    assert record.created_at <= attempt.started_at <= record.completed_at
    assert Pair("content-type", "application/json") in record.request_headers
    assert any(pair.name == "x-request-id" for pair in record.response_headers)


def test_no_secret_is_in_a_record(gateway: RunningGateway):
    answer = openai_client(gateway).chat.completions.with_raw_response.create(
        model="gpt-5", messages=[{"role": "user", "content": "hello"}]
    )
    record = gateway.record(answer.headers["weir-request-id"])
    assert PROVIDER_KEY not in str(record)
    assert gateway.accounts.key not in str(record)


def test_a_streamed_chat_completion_has_its_usage_though_the_client_did_not_ask(gateway: RunningGateway):
    stream = openai_client(gateway).chat.completions.with_raw_response.create(
        model="gpt-5+chunks=4+first-byte-ms=20+chunk-ms=5", messages=[{"role": "user", "content": "hi"}], stream=True
    )
    chunks = list(stream.parse())
    record = gateway.record(stream.headers["weir-request-id"])
    assert all(chunk.choices for chunk in chunks), "the usage chunk is taken out again"
    assert record.is_stream
    assert record.usage_source == "reported"
    assert record.output_tokens
    assert record.response_body is not None
    assert '"usage":{' in record.response_body
    assert record.response_body.endswith("data: [DONE]\n\n")
    assert record.finish_reason == "stop"
    assert record.response_preview == "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert record.request_body is not None
    assert "stream_options" not in record.request_body, "what the application sent is stored"
    assert record.time_to_first_byte_ms is not None
    assert record.time_to_first_token_ms is not None
    assert record.latency_ms is not None
    assert 20 <= record.time_to_first_byte_ms <= record.time_to_first_token_ms < record.latency_ms


def test_a_client_that_asks_for_usage_gets_it(gateway: RunningGateway):
    stream = openai_client(gateway).chat.completions.create(
        model="gpt-5",
        messages=[{"role": "user", "content": "hi"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    assert [chunk.usage is not None for chunk in stream][-1]


def test_asking_for_usage_can_be_turned_off(gateway: RunningGateway):
    stream = openai_client(gateway).chat.completions.with_raw_response.create(
        model="gpt-5",
        messages=[{"role": "user", "content": "hi"}],
        stream=True,
        extra_headers={"Weir-Stream-Usage": "false"},
    )
    for _ in stream.parse():
        pass
    record = gateway.record(stream.headers["weir-request-id"])
    assert (record.usage_source, record.input_tokens, record.output_tokens) == ("none", None, None)


def test_the_responses_api_streams_and_is_recorded(gateway: RunningGateway):
    stream = openai_client(gateway).responses.with_raw_response.create(
        model="gpt-5", input="How wide?", stream=True, metadata={"Team": "rivers"}, safety_identifier="grace"
    )
    events = [event.type for event in stream.parse()]
    record = gateway.record(stream.headers["weir-request-id"])
    assert events[0] == "response.created"
    assert events[-1] == "response.completed"
    assert (record.dialect, record.is_stream, record.usage_source) == ("responses", True, "reported")
    assert record.user_id == "grace"
    assert record.properties == [Pair("team", "rivers")]
    assert record.time_to_first_token_ms is not None


def test_messages_are_recorded_with_their_cached_tokens(gateway: RunningGateway):
    answer = anthropic_client(gateway).messages.with_raw_response.create(
        model="claude-sonnet-5+cached-tokens=4+cache-write-tokens=6+cache-write-1h-tokens=2+tool-calls=2",
        max_tokens=100,
        messages=[{"role": "user", "content": "hi"}],
        tools=[{"name": "look", "input_schema": {"type": "object"}}],
        metadata={"user_id": "barbara"},
        extra_headers={"x-claude-code-session-id": "code-1"},
    )
    usage = answer.http_response.json()["usage"]
    record = gateway.record(answer.headers["weir-request-id"])
    assert (record.provider, record.dialect) == ("anthropic", "messages")
    assert record.input_tokens == usage["input_tokens"] + 4 + 6
    assert (record.cache_read_tokens, record.cache_write_tokens, record.cache_write_1h_tokens) == (4, 6, 2)
    assert record.output_tokens == usage["output_tokens"]
    assert record.finish_reason == "tool_calls"
    assert len(record.tool_names) == 2
    assert (record.user_id, record.session_id) == ("barbara", "code-1")


def test_messages_stream(gateway: RunningGateway):
    with anthropic_client(gateway).messages.stream(
        model="claude-sonnet-5", max_tokens=100, messages=[{"role": "user", "content": "hi"}]
    ) as stream:
        text = "".join(stream.text_stream)
        request_id = stream.response.headers["weir-request-id"]
    record = gateway.record(request_id)
    assert record.is_stream
    assert record.response_preview == text
    assert record.finish_reason == "stop"
    assert record.usage_source == "reported"


async def test_the_async_client_works_with_our_key_as_its_api_key(gateway: RunningGateway):
    async with openai.AsyncOpenAI(
        base_url=f"{gateway.url}/demo/v1", api_key=gateway.accounts.key, max_retries=0
    ) as client:
        answer = await client.chat.completions.create(model="demo-small", messages=[{"role": "user", "content": "hi"}])
        assert answer.choices[0].message.content


def test_whatever_else_a_provider_offers_passes_and_is_recorded(gateway: RunningGateway):
    models = openai_client(gateway).models.list()
    assert len(list(models)) > 0
    answer = openai_client(gateway).embeddings.with_raw_response.create(model="embed", input="river")
    record = gateway.record(answer.headers["weir-request-id"])
    assert (record.dialect, record.path, record.status_code) == ("embeddings", "/openai/v1/embeddings", 200)
    assert record.response_body is not None


def test_the_demo_provider_needs_no_credential_but_our_key(gateway: RunningGateway):
    answer = httpx.post(
        f"{gateway.url}/demo/v1/messages",
        headers={"x-api-key": gateway.accounts.key},
        json={"model": "demo-small", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]},
    )
    assert answer.json()["type"] == "message"


def test_helicones_older_paths_lead_to_the_same_providers(gateway: RunningGateway):
    for alias in ("/v1/gateway/oai/v1/models", "/v1/gateway/anthropic/v1/models"):
        answer = httpx.get(
            gateway.url + alias,
            headers={"helicone-auth": gateway.auth["Weir-Auth"], "authorization": "Bearer own-key-1"},
        )
        assert answer.status_code == 200, alias
