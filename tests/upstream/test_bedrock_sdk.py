"""Amazon's own client reads what the fake Bedrock answers."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from weir.upstream.server import Running

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Hello"}]}]


@pytest.fixture
def client(upstream: Running) -> Iterator[Any]:
    bedrock = boto3.client(
        "bedrock-runtime",
        endpoint_url=f"{upstream.url}/bedrock",
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield bedrock
    bedrock.close()


def events_of(stream: Any) -> list[dict[str, Any]]:
    with closing(stream):
        return list(stream)


def test_an_answer(client: Any) -> None:
    answer = client.converse(modelId=f"{MODEL}+cached-tokens=7+output-tokens=5", messages=HELLO)
    assert len(answer["output"]["message"]["content"][0]["text"].split()) == 5
    assert answer["stopReason"] == "end_turn"
    assert (answer["usage"]["outputTokens"], answer["usage"]["cacheReadInputTokens"]) == (5, 7)


def test_a_stream(client: Any) -> None:
    answer = client.converse_stream(modelId=f"{MODEL}+output-tokens=3+reasoning-tokens=4", messages=HELLO)
    events = events_of(answer["stream"])
    assert [next(iter(event)) for event in events] == [
        "messageStart",
        "contentBlockDelta",
        "contentBlockDelta",
        "contentBlockStop",
        "contentBlockDelta",
        "contentBlockDelta",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    assert events[-1]["metadata"]["usage"]["outputTokens"] == 7


def test_calls_of_tools(client: Any) -> None:
    tools = {"tools": [{"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object"}}}}]}
    answer = client.converse(modelId=f"{MODEL}+tool-calls=1", messages=HELLO, toolConfig=tools)
    assert answer["stopReason"] == "tool_use"
    assert answer["output"]["message"]["content"][0]["toolUse"]["name"] == "look"
    streamed = client.converse_stream(modelId=f"{MODEL}+tool-calls=1", messages=HELLO, toolConfig=tools)
    starts = [event["contentBlockStart"] for event in events_of(streamed["stream"]) if "contentBlockStart" in event]
    assert starts[0]["start"]["toolUse"]["name"] == "look"


def test_claudes_own_bodies(client: Any) -> None:
    asked = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    with closing(client.invoke_model(modelId=MODEL, body=json.dumps(asked))["body"]) as body:
        answer = json.loads(body.read())
    assert answer["usage"]["output_tokens"] == 9
    streamed = client.invoke_model_with_response_stream(modelId=MODEL, body=json.dumps(asked))
    events = [json.loads(event["chunk"]["bytes"]) for event in events_of(streamed["body"])]
    assert [event["type"] for event in (events[0], events[-1])] == ["message_start", "message_stop"]
    assert events[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == 9


def test_errors_have_their_names(client: Any) -> None:
    with pytest.raises(client.exceptions.ThrottlingException, match="Too many requests"):
        client.converse(modelId=f"{MODEL}+status=429", messages=HELLO)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        client.converse(modelId=f"{MODEL}+status=403", messages=HELLO)
    with pytest.raises(EventStreamError, match="modelStreamErrorException"):
        events_of(client.converse_stream(modelId=f"{MODEL}+error-after=1", messages=HELLO)["stream"])
