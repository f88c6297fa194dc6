"""A call made by a real client, through the gateway, into the warehouse, and back out of every door."""

import json
from uuid import UUID, uuid4

import anthropic
import httpx
import openai
import pytest

from tests.conftest import RunningStack
from tests.stack.conftest import Ask, wait_for

pytestmark = pytest.mark.stack


def labels(session: str) -> dict[str, str]:
    return {
        "Helicone-User-Id": "user-7",
        "Helicone-Session-Id": session,
        "Helicone-Session-Path": "/plan/search",
        "Helicone-Session-Name": "journey",
        "Helicone-Property-Feature": "search",
    }


def openai_client(stack: RunningStack, session: str) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{stack.gateway_url}/openai/v1",
        api_key="sk-provider",
        default_headers={"Helicone-Auth": f"Bearer {stack.gateway_key}", **labels(session)},
    )


def anthropic_client(stack: RunningStack, session: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        base_url=f"{stack.gateway_url}/anthropic",
        api_key="sk-ant-provider",
        default_headers={"Weir-Auth": f"Bearer {stack.gateway_key}", **labels(session)},
    )


def call_chat(stack: RunningStack, session: str) -> tuple[str, int, int]:
    answer = openai_client(stack, session).chat.completions.create(
        model="gpt-4.1-mini", messages=[{"role": "user", "content": "What is a weir?"}]
    )
    return answer.choices[0].message.content, answer.usage.prompt_tokens, answer.usage.completion_tokens


def call_chat_stream(stack: RunningStack, session: str) -> tuple[str, int, int]:
    text, usage = "", None
    for chunk in openai_client(stack, session).chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "user", "content": "What is a weir?"}],
        stream=True,
        stream_options={"include_usage": True},
    ):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        usage = chunk.usage or usage
    return text, usage.prompt_tokens, usage.completion_tokens


def call_responses(stack: RunningStack, session: str) -> tuple[str, int, int]:
    answer = openai_client(stack, session).responses.create(model="gpt-4.1-mini", input="What is a weir?")
    return answer.output_text, answer.usage.input_tokens, answer.usage.output_tokens


def call_responses_stream(stack: RunningStack, session: str) -> tuple[str, int, int]:
    with openai_client(stack, session).responses.stream(model="gpt-4.1-mini", input="What is a weir?") as stream:
        answer = stream.get_final_response()
    return answer.output_text, answer.usage.input_tokens, answer.usage.output_tokens


def messages_totals(usage: anthropic.types.Usage) -> tuple[int, int]:
    cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    return usage.input_tokens + cached, usage.output_tokens


def call_messages(stack: RunningStack, session: str) -> tuple[str, int, int]:
    answer = anthropic_client(stack, session).messages.create(
        model="claude-haiku-4-5", max_tokens=200, messages=[{"role": "user", "content": "What is a weir?"}]
    )
    return answer.content[0].text, *messages_totals(answer.usage)


def call_messages_stream(stack: RunningStack, session: str) -> tuple[str, int, int]:
    with anthropic_client(stack, session).messages.stream(
        model="claude-haiku-4-5", max_tokens=200, messages=[{"role": "user", "content": "What is a weir?"}]
    ) as stream:
        answer = stream.get_final_message()
    return answer.content[0].text, *messages_totals(answer.usage)


CALLS = {
    "chat": (call_chat, "openai", "chat_completions", "gpt-4.1-mini", False),
    "chat stream": (call_chat_stream, "openai", "chat_completions", "gpt-4.1-mini", True),
    "responses": (call_responses, "openai", "responses", "gpt-4.1-mini", False),
    "responses stream": (call_responses_stream, "openai", "responses", "gpt-4.1-mini", True),
    "messages": (call_messages, "anthropic", "messages", "claude-haiku-4-5", False),
    "messages stream": (call_messages_stream, "anthropic", "messages", "claude-haiku-4-5", True),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_of_a_real_client_becomes_a_row_with_its_exact_bodies(name: str, running_stack: RunningStack, ask: Ask):
    call, provider, dialect, model, is_stream = CALLS[name]
    session = f"journey-{uuid4()}"
    text, input_tokens, output_tokens = call(running_stack, session)
    (row,) = wait_for(lambda: ask("select * from requests where session_id = {session:String}", session=session))
    assert row["provider"] == provider
    assert row["dialect"] == dialect
    assert row["request_model"] == model
    assert row["response_model"].startswith(model)
    assert row["is_stream"] is is_stream
    assert row["status_code"] == 200
    assert row["usage_source"] == "reported"
    assert (row["input_tokens"], row["output_tokens"]) == (input_tokens, output_tokens)
    assert float(row["cost_usd"]) > 0
    assert row["price_source"] == "exact"
    assert row["latency_ms"] >= row["time_to_first_byte_ms"] > 0
    assert (row["time_to_first_token_ms"] is not None) is is_stream
    assert row["user_id"] == "user-7"
    assert (row["session_path"], row["session_name"]) == ("/plan/search", "journey")
    assert row["properties"] == {"feature": "search"}
    assert text.startswith(row["response_preview"][:20])

    request, response = (body(running_stack, row["request_id"], side) for side in ("request", "response"))
    assert json.loads(request)["model"] == model
    assert len(request) == row["request_body_bytes"]
    assert len(response) == row["response_body_bytes"]
    assert (b"event: " in response or b"data: " in response) is is_stream


def test_what_is_said_of_a_call_is_joined_with_it(running_stack: RunningStack, ask: Ask):
    session = f"journey-{uuid4()}"
    call_chat(running_stack, session)
    (row,) = wait_for(
        lambda: ask("select request_id from requests where session_id = {session:String}", session=session)
    )
    id = row["request_id"]

    def say(method: str, path: str, said: dict[str, object]) -> int:
        headers = {"Authorization": f"Bearer {running_stack.gateway_key}"}
        return httpx.request(method, running_stack.api_url + path, headers=headers, json=said, timeout=30).status_code

    assert say("POST", f"/v1/requests/{id}/scores", {"scores": [{"name": "quality", "value": 0.5}]}) == 202
    assert say("POST", f"/v1/request/{id}/score", {"scores": {"quality": 0.75}}) == 200
    assert say("POST", f"/v1/request/{id}/feedback", {"rating": True}) == 200
    assert say("PATCH", f"/v1/requests/{id}/properties", {"properties": {"feature": "chat"}}) == 202
    assert say("POST", f"/v1/sessions/{session}/feedback", {"rating": False}) == 202
    of_request = "where request_id = {id:UUID}"
    wait_for(lambda: len(ask(f"select name from scores {of_request}", id=id)) == 3)
    wait_for(
        lambda: ask("select rating from feedback where session_id = {id:String}", id=session) == [{"rating": False}]
    )
    latest = ask(f"select name, value from latest_scores {of_request} order by name", id=id)
    assert latest == [{"name": "feedback", "value": 1.0}, {"name": "quality", "value": 0.75}]
    wait_for(lambda: ask(f"select value from properties {of_request}", id=id) == [{"value": "chat"}])
    whole = httpx.get(
        f"{running_stack.api_url}/v1/requests/{id}",
        headers={"Authorization": f"Bearer {running_stack.query_key}"},
        timeout=30,
    ).json()
    assert [each["name"] for each in whole["scores"]] == ["quality", "quality", "feedback"]
    assert [each["value"] for each in whole["property_edits"]] == ["chat"]


def body(stack: RunningStack, request_id: str, side: str) -> bytes:
    answer = httpx.get(
        f"{stack.api_url}/v1/requests/{request_id}/body/{side}",
        headers={"Authorization": f"Bearer {stack.query_key}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return answer.content


def test_a_callers_own_request_id_is_the_rows_id(running_stack: RunningStack, ask: Ask):
    request_id = uuid4()
    answer = httpx.post(
        f"{running_stack.gateway_url}/demo/v1/chat/completions",
        headers={"Weir-Auth": f"Bearer {running_stack.gateway_key}", "Weir-Request-Id": str(request_id)},
        json={"model": "demo-small", "messages": [{"role": "user", "content": "Hello"}]},
        timeout=30,
    )
    assert answer.status_code == 200
    assert UUID(answer.headers["weir-request-id"]) == request_id
    (row,) = wait_for(
        lambda: ask("select provider, cost_usd from requests where request_id = {id:UUID}", id=str(request_id))
    )
    assert row["provider"] == "demo"


def test_the_second_equal_query_is_a_cache_hit_and_says_so(running_stack: RunningStack):
    def ask_once() -> dict[str, object]:
        answer = httpx.post(
            f"{running_stack.api_url}/v1/hql",
            headers={"Authorization": f"Bearer {running_stack.query_key}"},
            json={"sql": "select count() as n from requests where created_at < '2020-01-01'"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["cache"]

    assert ask_once()["state"] == "miss"
    # Rows of other tests may still arrive, and each makes the answer a new one.
    assert wait_for(lambda: ask_once()["state"] == "hit")


def test_a_gateway_key_cannot_read(running_stack: RunningStack):
    answer = httpx.post(
        f"{running_stack.api_url}/v1/hql",
        headers={"Authorization": f"Bearer {running_stack.gateway_key}"},
        json={"sql": "select 1"},
        timeout=30,
    )
    assert answer.status_code == 403
    assert "query" in answer.json()["error"]["message"]
