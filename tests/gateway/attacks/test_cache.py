"""Answers that the response cache must not give to another question, or to anybody."""

import socket
import threading
from pathlib import Path
from uuid import uuid4

import httpx

from tests.gateway.attacks.conftest import BODY, Scene
from tests.gateway.attacks.listener import listening
from tests.gateway.running import Accounts, running_gateway

CACHED = {"Weir-Cache-Enabled": "true"}


def test_the_parts_of_a_host_tell_questions_apart(tmp_path: Path, accounts: Accounts):
    with (
        listening() as home,
        running_gateway(tmp_path, accounts, upstreams={"azure": home.url + "/{resource}"}) as gateway,
    ):

        def ask(resource: str) -> str:
            headers = gateway.auth | CACHED | {"api-key": "own", "Weir-Host-Resource": resource}
            url = f"{gateway.url}/azure/openai/deployments/d/chat/completions"
            return httpx.post(url, json=BODY, headers=headers).headers["weir-cache"]

        assert [ask(resource) for resource in ("one", "two", "one", "two")] == ["MISS", "MISS", "HIT", "HIT"]


def test_what_an_answer_tells_one_caller_is_not_kept_for_others(scene: Scene):
    body = b'{"id":"x","object":"chat.completion","choices":[]}'
    scene.home.answer = (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nset-cookie: session=of-one\r\nx-ratelimit-limit: 7\r\n"
        b"weir-request-id: forged\r\nhelicone-cache: forged\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
        % (len(body), body)
    )
    headers = scene.gateway.auth | CACHED | {"Weir-Cache-Seed": uuid4().hex}
    answers = [httpx.post(scene.gateway.url + "/openai/v1/chat/completions", json=BODY, headers=headers) for _ in "12"]
    assert [answer.headers["weir-cache"] for answer in answers] == ["MISS", "HIT"]
    assert "set-cookie" not in answers[0].headers
    assert not {"set-cookie", "x-ratelimit-limit"} & answers[1].headers.keys()
    assert answers[0].headers["weir-request-id"] != answers[1].headers["weir-request-id"]
    assert "forged" not in str(answers[1].headers)


def test_another_organization_asks_for_itself(scene: Scene):
    """Also with the request id, the seed and the key of the first one's entry at hand."""
    seed = {"Weir-Cache-Seed": uuid4().hex, "Weir-Request-Id": str(uuid4())}
    url = scene.gateway.url + "/openai/v1/chat/completions"
    accounts = scene.gateway.accounts
    told = []
    for key in (accounts.key, accounts.key, accounts.other_key, accounts.other_key):
        headers = {"Weir-Auth": f"Bearer {key}", "authorization": "Bearer the-same"} | CACHED | seed
        told.append(httpx.post(url, json=BODY, headers=headers).headers["weir-cache"])
    assert told == ["MISS", "HIT", "MISS", "HIT"]
    assert scene.home.connections == 2


def test_a_translated_stream_is_kept_only_with_its_end(tmp_path: Path, accounts: Accounts):
    """The provider has said everything and hangs; the client leaves before it was sent the end in its own dialect."""
    event = (
        b'data: {"candidates":[{"content":{"parts":[{"text":"Hello"}],"role":"model"},"finishReason":"STOP"}],'
        b'"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}\n\n'
    )
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    may_end = threading.Event()

    def serve(server: socket.socket) -> None:
        for _ in range(2):
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(head + event)
                may_end.wait(10)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        upstreams = {"google": f"http://127.0.0.1:{server.getsockname()[1]}/v1beta"}
        with running_gateway(tmp_path, accounts, upstreams=upstreams) as gateway:
            headers = gateway.auth | CACHED | {"Authorization": "Bearer own"}
            body = BODY | {"model": "google/gemini-2.5-flash", "stream": True}
            url = gateway.url + "/v1/chat/completions"
            with httpx.stream("POST", url, json=body, headers=headers, timeout=10) as first:
                assert any("Hello" in text for text in first.iter_text())
                id = first.headers["weir-request-id"]
            assert gateway.record(id).error_type == "client_disconnected"
            may_end.set()
            again = httpx.post(url, json=body, headers=headers, timeout=10)
            assert again.headers["weir-cache"] == "MISS"
            assert "[DONE]" in again.text
            assert httpx.post(url, json=body, headers=headers).text == again.text
        thread.join(10)
