"""What an app may call besides conversations, at the paths vendors use."""

import base64
import json
import struct
from typing import Any

import httpx2 as httpx
import pytest
from anthropic import Anthropic
from openai import AzureOpenAI, OpenAI

from providers.dialects.dialect import dialect_of
from weir.upstream.server import Running


@pytest.fixture
def openai(upstream: Running) -> Any:
    with OpenAI(base_url=f"{upstream.url}/openai/v1", api_key="k", max_retries=0) as client:
        yield client


def post(upstream: Running, path: str, body: dict[str, Any]) -> httpx.Response:
    return httpx.post(upstream.url + path, json=body, timeout=10)


def test_vectors_are_the_same_in_numbers_and_in_base64(upstream: Running) -> None:
    asked = {"model": "demo-embedding", "input": ["a river", "a weir"], "dimensions": 8}
    numbers = post(upstream, "/v1/embeddings", asked).json()["data"]
    packed = post(upstream, "/v1/embeddings", asked | {"encoding_format": "base64"}).json()["data"]
    for plain, text in zip(numbers, packed, strict=True):
        assert struct.unpack("<8f", base64.b64decode(text["embedding"])) == pytest.approx(plain["embedding"])


@pytest.mark.parametrize(
    ("path", "body", "tokens"),
    [
        ("/v1/embeddings", {"model": "m", "input": [[1, 2, 3]]}, 1),
        ("/v2/embed", {"model": "embed-v4.0", "texts": ["a river"], "input_type": "search_query"}, 2),
        ("/v1beta/models/gemini-embedding-001:embedContent", {"content": {"parts": [{"text": "a"}]}}, None),
        ("/v1beta/models/m:batchEmbedContents", {"requests": [{"content": {"parts": [{"text": "a"}]}}]}, None),
        ("/v1/projects/p/locations/l/publishers/google/models/gemini-embedding-001:predict",
         {"instances": [{"content": "a river"}]}, 2),
        ("/v2/rerank", {"model": "rerank-v3.5", "query": "weirs", "documents": ["a", "b"]}, None),
    ],
)  # fmt: skip
def test_vectors_and_rankings_are_read_by_their_dialects(
    upstream: Running, path: str, body: dict[str, Any], tokens: int | None
) -> None:
    response = post(upstream, path, body)
    dialect = dialect_of(path)
    assert response.status_code == 200
    assert dialect is not None
    usage = dialect.parse_response(response.content).usage
    assert (usage.input_tokens if usage is not None else None) == tokens


def test_pictures(openai: OpenAI) -> None:
    made = openai.images.generate(model="gpt-image-1+output-tokens=99", prompt="a weir", n=2)
    assert made.data is not None
    assert [base64.b64decode(image.b64_json or "")[:4] for image in made.data] == [b"\x89PNG"] * 2
    assert made.usage is not None
    assert made.usage.output_tokens == 99
    edited = openai.images.edit(model="gpt-image-1", prompt="blue", image=("a.png", b"\x89PNG", "image/png"))
    assert edited.usage is not None
    events = list(openai.images.generate(model="gpt-image-1", prompt="a weir", stream=True))
    assert [event.type for event in events] == ["image_generation.partial_image", "image_generation.completed"]


def test_sounds(openai: OpenAI) -> None:
    short = openai.audio.speech.create(model="tts-1", voice="alloy", input="Hi").content
    long = openai.audio.speech.create(model="tts-1", voice="alloy", input="Hello there").content
    assert short.startswith(b"ID3")
    assert len(short) < len(long)
    heard = openai.audio.transcriptions.create(model="gpt-4o-transcribe", file=("a.wav", b"RIFF", "audio/wav"))
    assert heard.text.startswith("The water")
    events = list(
        openai.audio.transcriptions.create(model="gpt-4o-transcribe", file=("a.wav", b"RIFF", "audio/wav"), stream=True)
    )
    assert events[-1].type == "transcript.text.done"
    text = openai.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFF"), response_format="text")
    assert text == f"{heard.text}\n"


def test_verdicts(openai: OpenAI) -> None:
    verdict = openai.moderations.create(model="omni-moderation-latest", input=["peace", "violence"])
    assert [result.flagged for result in verdict.results] == [False, True]


def test_files_are_kept(openai: OpenAI) -> None:
    kept = openai.files.create(file=("a.jsonl", b'{"a":1}\r\n--b'), purpose="batch")
    assert (kept.filename, kept.bytes, kept.purpose) == ("a.jsonl", 12, "batch")
    assert openai.files.retrieve(kept.id) == kept
    assert openai.files.content(kept.id).content == b'{"a":1}\r\n--b'
    assert kept.id in [file.id for file in openai.files.list()]
    assert openai.files.delete(kept.id).deleted
    with pytest.raises(Exception, match="No such File"):
        openai.files.retrieve(kept.id)


def test_batches_are_done_when_asked_for_again(openai: OpenAI) -> None:
    started = openai.batches.create(
        input_file_id="file-1", endpoint="/v1/chat/completions", completion_window="24h", metadata={"a": "b"}
    )
    assert started.status == "validating"
    assert openai.batches.retrieve(started.id).status == "completed"
    assert openai.batches.cancel(started.id).status == "cancelling"
    assert started.id in [batch.id for batch in openai.batches.list()]


def test_batches_of_messages(upstream: Running) -> None:
    with Anthropic(base_url=f"{upstream.url}/anthropic", api_key="k", max_retries=0) as client:
        params: Any = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        started = client.messages.batches.create(requests=[{"custom_id": "one", "params": params}])
        assert client.messages.batches.retrieve(started.id).processing_status == "ended"
        url = f"{upstream.url}/anthropic/v1/messages/batches/{started.id}/results"
        lines = httpx.get(url, headers={"x-api-key": "k"}).text.splitlines()
        assert [json.loads(line)["custom_id"] for line in lines] == ["one"]
        assert client.messages.batches.delete(started.id).type == "message_batch_deleted"


def test_responses_are_kept(openai: OpenAI) -> None:
    made = openai.responses.create(model="gpt-5", input="Hello")
    assert openai.responses.retrieve(made.id).output_text == made.output_text
    assert openai.responses.cancel(made.id).status == "cancelled"
    assert len(openai.responses.input_items.list(made.id).data) == 1
    openai.responses.delete(made.id)
    with pytest.raises(Exception, match="not found"):
        openai.responses.retrieve(made.id)


def test_azure_takes_the_deployment_for_the_model_and_tells_what_its_filter_thought(upstream: Running) -> None:
    with AzureOpenAI(
        azure_endpoint=f"{upstream.url}/azure", api_key="k", api_version="2024-10-21", max_retries=0
    ) as client:
        answer = client.chat.completions.create(model="my-gpt", messages=[{"role": "user", "content": "Hi"}])
        assert answer.model == "my-gpt"
        assert answer.model_extra is not None
        assert "prompt_filter_results" in answer.model_extra
        chunks = list(
            client.chat.completions.create(model="my-gpt", messages=[{"role": "user", "content": "Hi"}], stream=True)
        )
        assert chunks[0].choices == []
        with pytest.raises(Exception, match="429"):
            client.chat.completions.create(model="my-gpt+status=429", messages=[{"role": "user", "content": "Hi"}])


def test_models_in_three_shapes(upstream: Running) -> None:
    def get(path: str, **headers: str) -> Any:
        return httpx.get(upstream.url + path, headers=headers).json()

    assert get("/v1/models/demo-small")["object"] == "model"
    assert get("/v1/models/demo-small", **{"anthropic-version": "2023-06-01"})["type"] == "model"
    assert get("/v1beta/models")["models"][0]["name"] == "models/demo-small"
    assert get("/google/v1beta/models/gemini-2.5-pro", **{"x-goog-api-key": "k"})["name"] == "models/gemini-2.5-pro"


def test_tokens_are_counted(upstream: Running) -> None:
    asked = {"contents": [{"parts": [{"text": "Hello"}]}]}
    assert post(upstream, "/v1beta/models/m:countTokens", asked).json()["totalTokens"] > 0


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/google/v1beta/models/m:generateContent", "UNAUTHENTICATED"),
        ("/bedrock/model/m/converse", "security token"),
        ("/cohere/v2/chat", "invalid api token"),
        ("/zai/api/paas/v4/chat/completions", "invalid_api_key"),
    ],
)
def test_vendors_demand_a_credential_in_their_own_words(upstream: Running, path: str, error: str) -> None:
    response = post(upstream, path, {"model": "m", "messages": [], "contents": []})
    assert response.status_code == 401
    assert error in response.text


def test_a_stream_of_geminis_is_an_array_unless_events_are_asked_for(upstream: Running) -> None:
    asked = {"contents": [{"parts": [{"text": "Hello"}]}]}
    response = post(upstream, "/v1beta/models/demo-small:streamGenerateContent", asked)
    assert response.headers["content-type"].startswith("application/json")
    assert response.json()[-1]["candidates"][0]["finishReason"] == "STOP"
    events = post(upstream, "/v1beta/models/demo-small:streamGenerateContent?alt=sse", asked).text
    assert events.startswith("data: {")
    assert events.endswith("\r\n\r\n")


def test_thoughts_are_told_where_they_are_asked_for(upstream: Running) -> None:
    asked = {"contents": [{"parts": [{"text": "Hello"}]}]}
    path = "/v1beta/models/demo-small+reasoning-tokens=9:generateContent"
    silent = post(upstream, path, asked).json()
    told = post(upstream, path, asked | {"generationConfig": {"thinkingConfig": {"includeThoughts": True}}}).json()
    assert silent["usageMetadata"]["thoughtsTokenCount"] == told["usageMetadata"]["thoughtsTokenCount"] == 9
    assert len(told["candidates"][0]["content"]["parts"]) == len(silent["candidates"][0]["content"]["parts"]) + 1
