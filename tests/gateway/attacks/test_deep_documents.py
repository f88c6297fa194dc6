"""JSON nested deeper than anybody can read: passed on where nothing of it has to be changed, refused where it has."""

import httpx
import msgspec
import pytest

from tests.gateway.attacks.conftest import Scene

DEPTHS = (300, 700, 100_000)


def nested(depth: int) -> bytes:
    return b'{"a":[' * (depth // 2) + b"1" + b"]}" * (depth // 2)


def post(scene: Scene, path: str, body: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {"content-type": "application/json", "anthropic-version": "2023-06-01"} if "messages" in path else {}
    return httpx.post(scene.gateway.url + path, content=body, headers=scene.gateway.auth | kind | named)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("place", ["unknown", "content", "schema"])
@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/v1/chat/completions", "openai/gpt-4o"),
        ("/v1/messages", "openai/gpt-4o"),
        ("/v1/responses", "anthropic/claude-sonnet-4-5"),
    ],
)
def test_a_deep_request_is_no_error_of_ours(scene: Scene, path: str, model: str, place: str, depth: int):
    deep = nested(depth)
    message = b'{"role":"user","content":%s}' % (deep if place == "content" else b'"Hi"')
    tool = b'{"type":"function","name":"f","function":{"name":"f","parameters":%s},"input_schema":%s,"parameters":%s}'
    parts = {
        b"model": msgspec.json.encode(model),
        b"max_tokens": b"5" if "responses" not in path else None,
        b"messages" if "responses" not in path else b"input": b"[%s]" % message,
        b"unknown": deep if place == "unknown" else None,
        b"tools": b"[%s]" % (tool % (deep, deep, deep)) if place == "schema" else None,
    }
    body = b"{%s}" % b",".join(b'"%s":%s' % pair for pair in parts.items() if pair[1] is not None)
    answer = post(scene, path, body, Weir_RateLimit_Policy="1000000;w=60;u=token", Weir_Cache_Enabled="true")
    assert answer.status_code != 500, answer.text


@pytest.mark.parametrize("depth", [300, 700, 8_000])
@pytest.mark.parametrize("header", ["Weir-Fallbacks", "Weir-Prompt-Inputs"])
@pytest.mark.parametrize("path", ["/openai/v1/chat/completions", "/v1/chat/completions"])
def test_neither_is_a_deep_header(scene: Scene, path: str, header: str, depth: int):
    deep = nested(depth).decode()
    value = deep
    if header == "Weir-Fallbacks":
        value = f'[{{"target-url": "{scene.foreign.url}", "bodyKeyOverride": {{"model": {deep}}}}}]'
    answer = post(scene, path, b'{"model":"gpt-4o","messages":[]}', **{header: value})
    assert answer.status_code != 500, answer.text


def test_a_providers_own_door_passes_it_on_as_it_is(scene: Scene):
    body = b'{"model":"gpt-4o","x":%s}' % nested(100_000)
    assert post(scene, "/openai/v1/chat/completions", body).status_code == 200
    assert scene.home.received[-1].endswith(body)
