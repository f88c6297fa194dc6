"""Anthropic's own client takes what the fake upstream says for an answer of Anthropic."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from weir.upstream.server import Running

USER: Any = [{"role": "user", "content": "Why is the river slow here?"}]


@pytest.fixture
def client(upstream: Running) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=f"{upstream.url}/anthropic", api_key="sk-ant-test", max_retries=0) as client:
        yield client


def test_a_message_leaves_the_cache_out_of_its_input(client: anthropic.Anthropic) -> None:
    model = "claude-opus-4-5+cached-tokens=100+cache-write-tokens=30+cache-write-1h-tokens=10+output-tokens=5"
    bare = client.messages.create(model="claude-opus-4-5", max_tokens=50, messages=USER)
    answer = client.messages.create(model=model, max_tokens=50, messages=USER)
    assert answer.model == "claude-opus-4-5"
    assert answer.stop_reason == "end_turn"
    assert answer.usage.input_tokens == bare.usage.input_tokens
    assert answer.usage.cache_read_input_tokens == 100
    assert answer.usage.cache_creation_input_tokens == 30
    assert answer.usage.cache_creation is not None
    assert answer.usage.cache_creation.ephemeral_1h_input_tokens == 10
    assert answer.usage.output_tokens == 5


def test_a_stream_is_put_together(client: anthropic.Anthropic) -> None:
    model = "claude-opus-4-5+output-tokens=6+chunks=3+reasoning-tokens=9"
    with client.messages.stream(model=model, max_tokens=50, messages=USER) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_message()
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert kinds.count("text") == 3
    assert [block.type for block in final.content] == ["thinking", "text"]
    assert final.usage.output_tokens == 15


def test_the_raw_events_come_in_the_documented_order(client: anthropic.Anthropic) -> None:
    model = "claude-haiku-4-5+output-tokens=2"
    kinds = [event.type for event in client.messages.create(model=model, max_tokens=50, messages=USER, stream=True)]
    assert kinds == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_streamed_tool_use_is_put_together(client: anthropic.Anthropic) -> None:
    tools: Any = [{"name": name, "input_schema": {"type": "object"}} for name in ("look", "ask")]
    with client.messages.stream(
        model="claude-opus-4-5+tool-calls=2", max_tokens=50, messages=USER, tools=tools
    ) as stream:
        final = stream.get_final_message()
    calls = [block for block in final.content if block.type == "tool_use"]
    assert [call.name for call in calls] == ["look", "ask"]
    assert all(call.input["query"] for call in calls)
    assert final.stop_reason == "tool_use"


def test_max_tokens_cuts_the_answer(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(model="claude-haiku-4-5", max_tokens=2, messages=USER)
    assert (answer.stop_reason, answer.usage.output_tokens) == ("max_tokens", 2)


def test_tokens_are_counted_as_they_are_billed(client: anthropic.Anthropic) -> None:
    counted = client.messages.count_tokens(model="claude-haiku-4-5", messages=USER)
    answer = client.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=USER)
    assert counted.input_tokens == answer.usage.input_tokens


def test_models_are_listed(client: anthropic.Anthropic) -> None:
    assert "claude-opus-4-5" in {model.id for model in client.models.list()}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, anthropic.BadRequestError),
        (401, anthropic.AuthenticationError),
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (529, anthropic.APIStatusError),
    ],
)
def test_errors_are_the_clients_own(
    client: anthropic.Anthropic, status: int, error: type[anthropic.APIStatusError]
) -> None:
    with pytest.raises(error) as caught:
        client.messages.create(model=f"claude-haiku-4-5+status={status}+retry-after=3", max_tokens=9, messages=USER)
    assert caught.value.status_code == status
    assert caught.value.response.headers["retry-after"] == "3"
    assert caught.value.response.headers["request-id"].startswith("req_")


def test_an_error_inside_a_stream_reaches_the_client(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.APIStatusError):
        list(client.messages.create(model="claude-haiku-4-5+error-after=1", max_tokens=9, messages=USER, stream=True))
