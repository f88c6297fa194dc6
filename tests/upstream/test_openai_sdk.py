"""OpenAI's own client takes what the fake upstream says for an answer of OpenAI."""

from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from weir.upstream.server import Running

USER: Any = [{"role": "user", "content": "Why is the river slow here?"}]
TOOLS: Any = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("look", "ask")
]


@pytest.fixture
def client(upstream: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{upstream.url}/openai/v1", api_key="sk-test", max_retries=0) as client:
        yield client


def test_a_chat_completion(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4o+output-tokens=7+cached-tokens=5", messages=USER)
    assert answer.model == "gpt-4o"
    assert answer.choices[0].finish_reason == "stop"
    assert len((answer.choices[0].message.content or "").split()) == 7
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 7
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.prompt_tokens_details.cached_tokens == 5
    assert answer._request_id
    assert answer._request_id.startswith("req_")


def test_the_same_question_has_the_same_answer(client: openai.OpenAI) -> None:
    first, second = (client.chat.completions.create(model="gpt-4o", messages=USER) for _ in range(2))
    other = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "And there?"}])
    assert first.choices[0].message.content == second.choices[0].message.content
    assert first.choices[0].message.content != other.choices[0].message.content
    assert first.id != second.id


def test_a_limit_on_tokens_cuts_the_answer(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4o", messages=USER, max_completion_tokens=3)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


def test_a_chat_stream_has_usage_only_if_asked(client: openai.OpenAI) -> None:
    model = "gpt-4o+output-tokens=6+chunks=3"
    plain = list(client.chat.completions.create(model=model, messages=USER, stream=True))
    asked = list(
        client.chat.completions.create(model=model, messages=USER, stream=True, stream_options={"include_usage": True})
    )
    assert [chunk.usage for chunk in plain if chunk.usage] == []
    assert plain[0].choices[0].delta.role == "assistant"
    assert sum(bool(chunk.choices[0].delta.content) for chunk in plain) == 3
    assert plain[-1].choices[0].finish_reason == "stop"
    assert asked[-1].choices == []
    assert asked[-1].usage is not None
    assert asked[-1].usage.completion_tokens == 6


def test_streamed_tool_calls_are_put_together(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="gpt-4o+tool-calls=2", messages=USER, tools=TOOLS) as stream:
        message = stream.get_final_completion().choices[0].message
    assert [call.function.name for call in message.tool_calls or []] == ["look", "ask"]


def test_a_required_tool_is_called(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4o", messages=USER, tools=TOOLS, tool_choice="required")
    assert answer.choices[0].finish_reason == "tool_calls"


def test_a_response(client: openai.OpenAI) -> None:
    answer = client.responses.create(model="gpt-5+output-tokens=5+reasoning-tokens=8", input="Why?")
    assert answer.status == "completed"
    assert len(answer.output_text.split()) == 5
    assert answer.usage is not None
    assert answer.usage.output_tokens == 13
    assert answer.usage.output_tokens_details.reasoning_tokens == 8


def test_a_response_stream(client: openai.OpenAI) -> None:
    model = "gpt-5+output-tokens=6+chunks=3+reasoning-tokens=4"
    with client.responses.stream(model=model, input="Why?") as stream:
        events = list(stream)
        final = stream.get_final_response()
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert kinds.count("response.output_text.delta") == 3
    assert "response.reasoning_summary_text.delta" in kinds
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert len(final.output_text.split()) == 6


def test_a_response_stream_that_is_cut_is_incomplete(client: openai.OpenAI) -> None:
    events = list(client.responses.create(model="gpt-5", input="Why?", max_output_tokens=2, stream=True))
    assert events[-1].type == "response.incomplete"
    assert events[-1].response.incomplete_details is not None
    assert events[-1].response.incomplete_details.reason == "max_output_tokens"


def test_a_response_stream_calls_tools(client: openai.OpenAI) -> None:
    events = list(client.responses.create(model="gpt-5+tool-calls=2", input="Why?", stream=True))
    assert events[-1].type == "response.completed"
    assert [item.type for item in events[-1].response.output] == ["function_call", "function_call"]


def test_embeddings_are_the_same_in_both_encodings(client: openai.OpenAI) -> None:
    packed = client.embeddings.create(model="text-embedding-3-small", input=["one", "two"], dimensions=8)
    plain = client.embeddings.create(
        model="text-embedding-3-small", input=["one", "two"], dimensions=8, encoding_format="float"
    )
    for one, other in zip(packed.data, plain.data, strict=True):
        assert one.embedding == pytest.approx(other.embedding, abs=1e-6)
    assert packed.data[0].embedding != packed.data[1].embedding


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert "gpt-4o" in {model.id for model in client.models.list()}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_errors_are_the_clients_own(client: openai.OpenAI, status: int, error: type[openai.APIStatusError]) -> None:
    with pytest.raises(error) as caught:
        client.chat.completions.create(model=f"gpt-4o+status={status}+retry-after=3", messages=USER)
    assert caught.value.response.headers["retry-after"] == "3"
    assert caught.value.type


def test_a_key_is_demanded(upstream: Running) -> None:
    with openai.OpenAI(base_url=f"{upstream.url}/v1", api_key="any", max_retries=0) as demo:
        assert demo.chat.completions.create(model="demo-small", messages=USER).choices


def test_an_error_inside_a_stream_reaches_the_client(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIError, match="error while processing"):
        list(client.chat.completions.create(model="gpt-4o+error-after=2", messages=USER, stream=True))


def test_a_stream_that_dies_reaches_the_client_as_broken(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(model="gpt-4o+die-after=2", messages=USER, stream=True)
    assert [next(stream).choices[0].delta.content for _ in range(3)].count("") == 1
    with pytest.raises((openai.APIError, openai.APIConnectionError, httpx2.RemoteProtocolError)):
        next(stream)
