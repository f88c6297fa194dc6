"""The fake upstream misbehaves as it is told to, and counts what it was asked."""

import gzip
import json
import socket
from collections import deque
from typing import Any

import httpx2 as httpx
import pytest

from providers.dialects.dialect import DIALECTS, Dialect, dialect_of
from providers.facts import ResponseFacts
from weir.upstream.behaviour import Behaviour, BehaviourError, read_behaviour
from weir.upstream.server import Running

HELLO = [{"role": "user", "content": "Hello"}]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": HELLO, "stream_options": {"include_usage": True}},
    "/v1/responses": {"input": "Hello"},
    "/v1/messages": {"messages": HELLO, "max_tokens": 500},
    "/v1/completions": {"prompt": "Hello", "max_tokens": 500, "stream_options": {"include_usage": True}},
    "/v2/chat": {"messages": HELLO},
    "/v1beta/models/{model}:generateContent": {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]},
    "/v1beta/models/{model}:streamGenerateContent": {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]},
    "/model/{model}/converse": {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]},
    "/model/{model}/invoke": {"messages": HELLO, "max_tokens": 500},
}
STREAMS = {
    "/v1beta/models/{model}:generateContent": "/v1beta/models/{model}:streamGenerateContent?alt=sse",
    "/model/{model}/converse": "/model/{model}/converse-stream",
    "/model/{model}/invoke": "/model/{model}/invoke-with-response-stream",
}
"""Where a stream is asked for by another path. Without `alt=sse` Gemini's is an array, and there is nothing else."""
ARRAY = "/v1beta/models/{model}:streamGenerateContent"


def asked(upstream: Running, path: str, model: str, *, stream: bool) -> tuple[str, dict[str, Any]]:
    """Returns URL and body of a call."""
    where = (STREAMS.get(path, path) if stream else path).replace("{model}", model)
    named = {} if "{model}" in path else {"model": model, "stream": stream}
    return upstream.url + where, BODIES[path] | named


def ask(
    upstream: Running, path: str, model: str = "demo-small", stream: bool = False, **headers: str
) -> httpx.Response:
    named = {f"x-upstream-{name.replace('_', '-')}": value for name, value in headers.items()}
    url, body = asked(upstream, path, model, stream=stream)
    return httpx.post(url, json=body, headers=named, timeout=10)


def dialect_at(path: str) -> Dialect:
    dialect = dialect_of(path)
    assert dialect is not None
    return dialect


def read(path: str, response: httpx.Response) -> ResponseFacts:
    """Returns the facts of an answer, streamed or not."""
    dialect = dialect_at(path)
    if not response.headers["content-type"].lower().startswith(dialect.stream_types) or response.status_code != 200:
        return dialect.parse_response(response.content)
    reader = dialect.new_stream()
    reader.feed(response.content)
    assert reader.terminal
    return reader.facts()


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("words", ["", "+output-tokens=80+cached-tokens=9", "+reasoning-tokens=11", "+tool-calls=2"])
def test_streamed_or_not_the_dialects_read_the_same_facts(upstream: Running, path: str, words: str) -> None:
    whole = read(path, ask(upstream, path, "demo-large" + words))
    streamed = read(path, ask(upstream, path, "demo-large" + words, stream=True))
    assert whole.response_model == (None if path == "/v2/chat" or path.startswith("/model/") else "demo-large")
    assert whole.usage is not None
    assert (streamed.usage, streamed.preview, streamed.finish_reason, streamed.tool_names, streamed.service_tier) == (
        whole.usage,
        whole.preview,
        whole.finish_reason,
        whole.tool_names,
        whole.service_tier,
    )


@pytest.mark.parametrize("path", BODIES)
def test_headers_ask_for_what_words_ask_for(upstream: Running, path: str) -> None:
    by_words = read(path, ask(upstream, path, "demo-small+output-tokens=9+service-tier=flex"))
    by_headers = read(path, ask(upstream, path, "demo-small", output_tokens="9", service_tier="flex"))
    assert by_words.usage == by_headers.usage
    assert by_words.usage is not None
    assert by_words.usage.output_tokens == 9
    tier = None if path in ("/v2/chat", "/v1/completions") else "flex"
    assert by_words.service_tier == by_headers.service_tier == tier


@pytest.mark.parametrize("path", BODIES)
def test_every_dialect_says_its_errors_in_its_own_shape(upstream: Running, path: str) -> None:
    response = ask(upstream, path, "demo-small+status=429+retry-after=2")
    assert response.status_code == 429
    assert response.headers["retry-after"] == "2"
    facts = dialect_at(path).parse_response(response.content)
    bare = "error"  # Amazon says the type in a header, Cohere not at all.
    assert facts.error_type in ("rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED", bare)
    assert facts.error_message
    assert ("ThrottlingException" in response.headers.get("x-amzn-errortype", "")) is path.startswith("/model/")


@pytest.mark.parametrize("path", BODIES)
def test_a_stream_dies_after_as_many_chunks_as_asked(upstream: Running, path: str) -> None:
    reader = dialect_at(path).new_stream()
    url, body = asked(upstream, path, "demo-small+die-after=3", stream=True)
    with httpx.stream("POST", url, json=body) as response, pytest.raises(httpx.RemoteProtocolError):
        deque(map(reader.feed, response.iter_raw()))
    assert len((reader.facts().preview or "").split()) == 3
    assert not reader.terminal


@pytest.mark.parametrize("path", BODIES)
def test_a_stream_reports_an_error_after_as_many_chunks_as_asked(upstream: Running, path: str) -> None:
    facts = read(path, ask(upstream, path, "demo-small+error-after=2", stream=True))
    assert facts.error_type is not None
    assert facts.error_message
    assert len((facts.preview or "").split()) == 2


def test_a_connection_dies_before_the_response(upstream: Running) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask(upstream, "/v1/messages", "demo-small+die")
    with pytest.raises(httpx.ReadError):
        ask(upstream, "/v1/messages", "demo-small+die+reset")


def test_a_plain_body_is_cut_or_lied_about(upstream: Running) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask(upstream, "/v1/responses", "demo-small+die-after=0")
    with pytest.raises(httpx.RemoteProtocolError):
        ask(upstream, "/v1/responses", "demo-small+content-length=100000")
    assert len(ask(upstream, "/v1/responses", "demo-small+content-length=10").content) == 10


def test_a_call_hangs_until_the_caller_leaves(upstream: Running) -> None:
    for words in ("+hang", "+hang-after=1"):
        body = BODIES["/v1/messages"] | {"model": f"demo-small{words}", "stream": True}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{upstream.url}/v1/messages", json=body, timeout=0.3)


def test_garbage_is_no_json(upstream: Running) -> None:
    response = ask(upstream, "/v1/chat/completions", "demo-small+garbage")
    assert response.status_code == 200
    with pytest.raises(UnicodeDecodeError):
        response.json()
    assert b"not json" in ask(upstream, "/v1/chat/completions", "demo-small+garbage", stream=True).content


@pytest.mark.parametrize("stream", [False, True])
def test_gzip_is_the_same_answer(upstream: Running, stream: bool) -> None:
    body = BODIES["/v1/messages"] | {"model": "demo-small+gzip", "stream": stream}
    with httpx.stream("POST", f"{upstream.url}/v1/messages", json=body) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    plain = ask(upstream, "/v1/messages", stream=stream)
    dialect = DIALECTS["messages"]
    if stream:
        packed, unpacked = dialect.reassemble(gzip.decompress(raw).decode()), dialect.reassemble(plain.text)
    else:
        packed, unpacked = json.loads(gzip.decompress(raw)), plain.json()
    assert packed | {"id": None} == unpacked | {"id": None}


@pytest.mark.parametrize("path", ["/openai/v1/chat/completions", "/openai/v1/models", "/anthropic/v1/messages"])
def test_the_providers_demand_a_credential(upstream: Running, path: str) -> None:
    response = httpx.post(upstream.url + path, json={"model": "m", "messages": []})
    assert response.status_code == 401
    assert response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/v1/chat/completions", b"{oops", 400),
        ("/v1/chat/completions", b"", 400),
        ("/v1/chat/completions", b'{"messages":[]}', 400),
        ("/v1/chat/completions", b'{"model":"demo-small+fly","messages":[]}', 400),
        ("/v1/chat/completions", b'{"model":"demo-small+chunks=many","messages":[]}', 400),
        ("/v1/elsewhere", b"{}", 404),
        ("/elsewhere", b"{}", 404),
    ],
)
def test_mistakes_are_answered(upstream: Running, path: str, content: bytes, status: int) -> None:
    response = httpx.post(upstream.url + path, content=content)
    assert response.status_code == status
    assert response.json()["error"]["message"]


def test_an_unknown_behaviour_is_refused_with_those_there_are() -> None:
    with pytest.raises(BehaviourError, match="unknown behaviour `fly`; there are: cache-write"):
        read_behaviour("demo-small+fly", [])
    with pytest.raises(BehaviourError, match="chunks"):
        read_behaviour("demo-small+chunks=many", [])
    assert read_behaviour("demo-small+chunks=3+die", [(b"x-upstream-gzip", b"")]) == (
        "demo-small",
        Behaviour(chunks=3, die=True, gzip=True),
    )


def test_calls_are_counted_and_remembered(upstream: Running) -> None:
    httpx.delete(f"{upstream.url}/_calls")
    answered = ask(upstream, "/v1/responses", "demo-small", stream=False).json()
    ask(upstream, "/v1/responses", "demo-small+status=500")
    with pytest.raises(httpx.RemoteProtocolError):
        ask(upstream, "/v1/responses", "demo-small+die-after=1", stream=True)
    calls = httpx.get(f"{upstream.url}/_calls").json()
    assert (calls["started"], calls["completed"]) == (3, 2)
    assert calls["by_status"] == {"200": 1, "500": 1}
    assert calls["by_path"] == {"/v1/responses": 3}
    assert [f"resp_{id}" for id in calls["completed_ids"]] == [answered["id"]]
    assert ["content-type", "application/json"] in calls["newest"][-1]["headers"]
    assert calls["newest"][-1]["body_bytes"] > 0


def test_both_shapes_of_models_are_listed_for_the_demo(upstream: Running) -> None:
    plain = httpx.get(f"{upstream.url}/v1/models").json()
    anthropic = httpx.get(f"{upstream.url}/v1/models", headers={"anthropic-version": "2023-06-01"}).json()
    assert plain["object"] == "list"
    assert anthropic["has_more"] is False
    assert [model["id"] for model in plain["data"]] == [model["id"] for model in anthropic["data"]]


def test_requests_on_one_connection_are_answered_in_turn(upstream: Running) -> None:
    host, port = upstream.url.removeprefix("http://").split(":")
    request = b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(request * 3)
        received = b""
        while received.count(b'"object":"list"') < 3:
            received += connection.recv(65536)
    assert received.count(b"HTTP/1.1 200 OK") == 3
