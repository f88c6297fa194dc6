"""What rows say of calls in each dialect: model, tokens, and whether the answer came in pieces."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from providers.dialects.dialect import DIALECTS
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from warehouse.record import Exchange
from weir.upstream.server import Running

HELLO = [{"role": "user", "content": "Hello"}]
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
CONVERSE = {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}
CLAUDE = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 99, "messages": HELLO}
WORDS = "+output-tokens=9+cached-tokens=5"
CLAUDES_ID = f"us.anthropic.claude-haiku-4-5-20251001-v1%3A0{WORDS}"


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, accounts: Accounts, upstream: Running
) -> Iterator[RunningGateway]:
    upstreams = {
        "google": f"{upstream.url}/google/v1beta",
        "bedrock": f"{upstream.url}/bedrock",
        "cohere": f"{upstream.url}/cohere/v2",
        "openai": f"{upstream.url}/openai/v1",
    }
    with running_gateway(tmp_path_factory.mktemp("dialects"), accounts, upstreams=upstreams) as started:
        yield started


def ask(gateway: RunningGateway, path: str, **request: Any) -> Exchange:
    headers = gateway.auth | {"authorization": "Bearer the-callers-own"}
    answer = httpx.post(gateway.url + path, headers=headers, timeout=20, **request)
    assert answer.status_code == 200
    return gateway.record(answer.headers["weir-request-id"])


@pytest.mark.parametrize(
    ("path", "body", "dialect", "is_stream"),
    [
        (f"/google/v1beta/models/gemini-2.5-flash{WORDS}:generateContent", GEMINI, "gemini", False),
        (f"/google/v1beta/models/gemini-2.5-flash{WORDS}:streamGenerateContent?alt=sse", GEMINI, "gemini", True),
        (f"/google/v1beta/models/gemini-2.5-flash{WORDS}:streamGenerateContent", GEMINI, "gemini", True),
        (f"/bedrock/model/{CLAUDES_ID}/converse", CONVERSE, "converse", False),
        (f"/bedrock/model/{CLAUDES_ID}/converse-stream", CONVERSE, "converse", True),
        (f"/bedrock/model/{CLAUDES_ID}/invoke", CLAUDE, "invoke", False),
        (f"/bedrock/model/{CLAUDES_ID}/invoke-with-response-stream", CLAUDE, "invoke", True),
        ("/cohere/v2/chat", {"model": f"command-a-03-2025{WORDS}", "messages": HELLO}, "cohere", False),
        ("/cohere/v2/chat", {"model": f"command-a-03-2025{WORDS}", "messages": HELLO, "stream": True}, "cohere", True),
        (
            "/openai/v1/completions",
            {"model": f"gpt-3.5-turbo-instruct{WORDS}", "prompt": "Hello"},
            "completions",
            False,
        ),
    ],
)
def test_a_conversation(
    gateway: RunningGateway, path: str, body: dict[str, Any], dialect: str, is_stream: bool
) -> None:
    record = ask(gateway, path, json=body)
    assert (record.dialect, record.is_stream, record.usage_source) == (dialect, is_stream, "reported")
    assert (record.output_tokens, record.cache_read_tokens, record.finish_reason) == (9, 5, "stop")
    assert record.request_model is not None
    assert record.request_model.endswith(WORDS)
    assert len((record.response_preview or "").split()) == 9
    assert (record.time_to_first_token_ms is not None) is is_stream
    # Amazon's frames are kept as they came; the dialect reads them byte for byte.
    is_binary = is_stream and path.startswith("/bedrock")
    assert record.response_body_encoding == ("base64" if is_binary else "text")
    assert record.dialect in DIALECTS


@pytest.mark.parametrize(
    ("path", "request_", "dialect", "model", "tokens"),
    [
        ("/openai/v1/embeddings", {"json": {"model": "m", "input": "a river"}}, "embeddings", "m", (2, None)),
        ("/google/v1beta/models/e:embedContent", {"json": {"content": {"parts": []}}}, "embeddings", "e", (None, None)),
        ("/cohere/v2/embed", {"json": {"model": "m", "texts": ["a river"]}}, "embeddings", "m", (2, None)),
        ("/cohere/v2/rerank", {"json": {"model": "m", "query": "a", "documents": ["b"]}}, "rerank", "m", (None, None)),
        ("/openai/v1/images/generations", {"json": {"model": "m", "prompt": "a weir"}}, "images", "m", (13, 272)),
        ("/openai/v1/audio/speech", {"json": {"model": "m", "input": "Hi", "voice": "x"}}, "speech", "m", (None, None)),
        ("/openai/v1/moderations", {"json": {"model": "m", "input": "Hi"}}, "moderations", "m", (None, None)),
        (
            "/openai/v1/audio/transcriptions",
            {"data": {"model": "m"}, "files": {"file": ("a.wav", b"RIFF\xff", "audio/wav")}},
            "transcriptions",
            "m",
            (30, 11),
        ),
    ],
)  # fmt: skip
def test_what_is_no_conversation(
    gateway: RunningGateway,
    path: str,
    request_: dict[str, Any],
    dialect: str,
    model: str,
    tokens: tuple[int | None, int | None],
) -> None:
    record = ask(gateway, path, **request_)
    assert (record.dialect, record.request_model) == (dialect, model)
    assert (record.input_tokens, record.output_tokens) == tokens
    assert record.response_body is not None


def test_pictures_are_counted_apart(gateway: RunningGateway) -> None:
    record = ask(gateway, "/openai/v1/images/generations", json={"model": "gpt-image-1", "prompt": "a weir"})
    assert (record.input_image_tokens, record.output_image_tokens) == (0, 272)
