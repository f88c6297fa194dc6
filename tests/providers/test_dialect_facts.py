"""The golden cases: bodies as vendors document them, and what they say."""

from typing import Any

import pytest

from providers.dialects.dialect import DIALECTS, dialect_of
from tests.providers.cases import body_of, load, request_facts, response_facts

RESPONSES = [(name, case) for name in DIALECTS for case in load(f"{name}_responses")]


@pytest.mark.parametrize(
    ("dialect", "case"), RESPONSES, ids=lambda value: value if isinstance(value, str) else value["name"]
)
def test_a_response_says(dialect: str, case: dict[str, Any]) -> None:
    assert DIALECTS[dialect].parse_response(body_of(case)) == response_facts(case["facts"])


@pytest.mark.parametrize("case", load("requests"), ids=lambda case: case["name"])
def test_a_request_says(case: dict[str, Any]) -> None:
    assert DIALECTS[case["dialect"]].parse_request(body_of(case)) == request_facts(case["facts"])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/chat/completions", "chat_completions"),
        ("/openai/deployments/gpt/chat/completions", "chat_completions"),
        ("/v1/responses", "responses"),
        ("/v1/responses/", "responses"),
        ("/v1/messages", "messages"),
        ("/v1/messages/count_tokens", None),
        ("/v1/responses/resp_1/cancel", None),
        ("/v1/threads/thread_1/messages", None),
        ("/v1beta/models/gemini-2.5-flash:generateContent", "gemini"),
        ("/v1beta/models/gemini-2.5-flash:streamGenerateContent", "gemini"),
        ("/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-flash:generateContent", "gemini"),
        ("/v1/projects/p/locations/l/publishers/anthropic/models/claude:streamRawPredict", "messages"),
        ("/v1/projects/p/locations/l/publishers/mistralai/models/mistral:rawPredict", None),
        ("/v1beta/models/gemini-2.5-flash:countTokens", None),
        ("/v1beta/openai/chat/completions", "chat_completions"),
        ("/v1/embeddings", "embeddings"),
        ("/v1beta/models/gemini-embedding-001:batchEmbedContents", "embeddings"),
        ("/v1/projects/p/locations/l/publishers/google/models/gemini-embedding-001:predict", "embeddings"),
        ("/v1/projects/p/locations/l/publishers/google/models/imagen-4:predict", None),
        ("/v2/embed", "embeddings"),
        ("/v2/chat", "cohere"),
        ("/v2/rerank", "rerank"),
        ("/v1/completions", "completions"),
        ("/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse", "converse"),
        ("/model/us.amazon.nova-pro-v1:0/converse-stream", "converse"),
        ("/model/m/invoke", "invoke"),
        ("/model/m/invoke-with-response-stream", "invoke"),
        ("/v1/functions/invoke", None),
        ("/v1/images/edits", "images"),
        ("/v1/audio/speech", "speech"),
        ("/v1/audio/translations", "transcriptions"),
        ("/v1/moderations", "moderations"),
        ("/v1/files", None),
        ("", None),
    ],
)
def test_the_path_tells_the_dialect(path: str, name: str | None) -> None:
    dialect = dialect_of(path)
    assert (dialect.name if dialect else None) == name


@pytest.mark.parametrize(
    ("path", "model", "is_stream"),
    [
        ("/v1beta/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash", False),
        ("/v1beta/models/gemini-2.5-flash:streamGenerateContent", "gemini-2.5-flash", True),
        ("/v1beta/tunedModels/mine-1:generateContent", "mine-1", False),
        (
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude-x%4020250929:streamRawPredict",
            "claude-x@20250929",
            True,
        ),
        ("/openai/deployments/my-gpt/chat/completions", "my-gpt", False),
        ("/openai/deployments/my-embedder/embeddings", "my-embedder", False),
        ("/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse", "anthropic.claude-3-haiku-20240307-v1:0", False),
        ("/model/us.amazon.nova-pro-v1:0/converse-stream", "us.amazon.nova-pro-v1:0", True),
        (
            "/model/arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-pro-v1:0/invoke-with-response-stream",
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-pro-v1:0",
            True,
        ),
        ("/v1/chat/completions", None, False),
        ("/v1beta/models/:generateContent", None, False),
    ],
)
def test_the_path_tells_the_model_and_the_stream(path: str, model: str | None, is_stream: bool) -> None:
    dialect = dialect_of(path)
    assert dialect is not None
    assert dialect.model_in_path is not None
    assert dialect.model_in_path(path) == model
    assert (dialect.stream_in_path is not None and dialect.stream_in_path(path)) is is_stream


@pytest.mark.parametrize("name", DIALECTS)
def test_the_dialects_own_errors_can_be_read_back(name: str) -> None:
    for status in (400, 401, 403, 404, 413, 429, 500, 502, 504):
        facts = DIALECTS[name].parse_response(DIALECTS[name].error_body(status, "It does not work.", "unreachable"))
        assert facts.error_type
        assert facts.error_message
        assert "It does not work." in facts.error_message


def test_previews_are_bounded() -> None:
    words = "x" * 5000
    chat = DIALECTS["chat_completions"]
    body = f'{{"choices":[{{"index":0,"message":{{"content":"{words}"}}}}]}}'.encode()
    assert chat.parse_response(body).preview == "x" * 2000
    request = f'{{"model":"m","messages":[{{"role":"user","content":"{words}"}}]}}'.encode()
    assert chat.parse_request(request).preview == "x" * 2000


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(
    "body", [b"", b"null", b"{}", b"[]", b'"x"', b"\xff\xfe{}", b"{" * 5000, b"[" * 100_000, b'{"a":' * 3000]
)
def test_no_body_raises(name: str, body: bytes) -> None:
    dialect = DIALECTS[name]
    dialect.parse_request(body)
    dialect.parse_response(body)
    stream = dialect.new_stream()
    stream.feed(b"data: " + body + b"\n\n")
    stream.facts()
    dialect.messages(body.decode("latin-1"), body.decode("latin-1"))
    dialect.reassemble("data: " + body.decode("latin-1"))
