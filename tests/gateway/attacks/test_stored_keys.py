"""A kept key serves its own organization at its own provider, and never leaves for anywhere else."""

import json
import re

import httpx
import pytest

from tests.gateway.attacks.conftest import BODY, CHAT, OPERATORS, STORED, STORED_ANTHROPIC, THEIRS, Scene


def test_a_call_without_a_credential_is_made_with_the_stored_key(scene: Scene):
    assert scene.post().status_code == 200
    assert scene.home.saw(f"authorization: Bearer {STORED}")
    scene.home.forget()
    assert scene.post("/anthropic/v1/messages").status_code == 200
    assert scene.home.saw(f"x-api-key: {STORED_ANTHROPIC}")
    assert not scene.home.saw(STORED)


def test_the_callers_own_credential_comes_first_and_the_operators_key_last(scene: Scene):
    assert scene.post(authorization="Bearer the-callers-own-key").status_code == 200
    assert scene.home.saw("the-callers-own-key")
    assert not scene.home.saw(STORED)
    assert scene.post("/groq/v1/chat/completions").status_code == 200
    assert scene.home.saw(OPERATORS)


def test_each_organization_is_served_with_its_own_key(scene: Scene):
    url, accounts = scene.gateway.url + CHAT, scene.gateway.accounts
    theirs = httpx.post(url, json=BODY, headers={"Weir-Auth": accounts.other_key})
    assert theirs.status_code == 200
    assert scene.home.saw(THEIRS)
    assert not scene.home.saw(STORED)
    scene.home.forget()
    nobodys = httpx.post(url, json=BODY, headers={"Weir-Auth": scene.third_key})
    assert nobodys.status_code == 401
    assert "Provider keys" in nobodys.json()["error"]["message"]
    assert scene.home.connections == 0


@pytest.mark.parametrize("organization", ["Weir-Organization", "Helicone-Org-Id", "OpenAI-Organization"])
def test_a_header_does_not_make_a_caller_of_another_organization(scene: Scene, organization: str):
    named = {organization: str(scene.gateway.accounts.organization_id)}
    answer = httpx.post(scene.gateway.url + CHAT, json=BODY, headers={"Weir-Auth": scene.third_key} | named)
    assert answer.status_code == 401
    assert scene.home.connections == 0


@pytest.mark.parametrize("name", ["weir_target_url", "helicone_target_url", "helicone_openai_api_base"])
@pytest.mark.parametrize("path", [CHAT, "/v1/chat/completions", "/anthropic/v1/messages"])
def test_a_target_header_gets_no_kept_key(scene: Scene, name: str, path: str):
    """Where a name counts as a target for that path at all; the scene looks for kept keys at the foreign place."""
    scene.post(path, **{name: scene.foreign.url})
    assert not any(b"authorization:" in data.lower() for data in scene.foreign.received)
    if name != "helicone_openai_api_base":
        assert len(scene.foreign.received) == 1


def test_not_even_where_it_names_the_providers_own_host(scene: Scene):
    answer = scene.post("/openai/v1/chat/completions", weir_target_url=scene.home.url)
    assert answer.status_code == 200
    assert not scene.home.saw(STORED)


@pytest.mark.parametrize(
    "target",
    [
        "{home}@{foreign}",
        "http://{home}@{foreign}/",
        "http://user:pass@{foreign}",
        "http://{foreign}#{home}",
        "http://{foreign}?{home}",
        "http://{foreign}\\@{home}",
        "http://{foreign}/{home}/openai",
        "//{foreign}",
        "http://evil.test",
        "https://api.openai.com.evil.test",
        "https://api.openai.com%00.evil.test",
        "http://localhost:1",
        "http://[::ffff:127.0.0.1]:1",
    ],
)
def test_no_spelling_of_a_target_gets_one(scene: Scene, target: str):
    scene.post(weir_target_url=target.format(home=scene.home.place, foreign=scene.foreign.place))
    assert not scene.home.saw(STORED)


def test_a_target_gets_the_callers_own_credential_and_no_more(scene: Scene):
    scene.post(weir_target_url=scene.foreign.url, authorization="Bearer the-callers-own-key")
    assert scene.foreign.saw("the-callers-own-key")


def fallbacks(*entries: dict[str, object]) -> dict[str, str]:
    return {"helicone_fallbacks": json.dumps(entries)}


def test_a_fallback_gets_no_kept_key(scene: Scene):
    scene.home.answer = b"HTTP/1.1 503 Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    answer = scene.post(**fallbacks({"target-url": scene.foreign.url, "headers": {}, "onCodes": [503]}))
    assert answer.status_code == 200
    assert scene.home.saw(STORED)
    assert len(scene.foreign.received) == 1


def test_a_fallback_gets_no_credential_that_was_meant_for_another_host(scene: Scene):
    scene.home.answer = b"HTTP/1.1 503 Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    scene.post(
        authorization="Bearer the-callers-own-key",
        **fallbacks({"target-url": scene.foreign.url, "headers": {"x-api-key": "meant-for-this-one"}}),
    )
    assert scene.foreign.saw("meant-for-this-one")
    assert not scene.foreign.saw("the-callers-own-key")


@pytest.mark.parametrize("header", ["authorization", "x-other"])
def test_a_fallbacks_headers_cannot_hold_our_key(scene: Scene, header: str):
    ours = f"Bearer {scene.gateway.accounts.key}"
    answer = scene.post(**fallbacks({"target-url": scene.foreign.url, "headers": {header: ours}}))
    assert answer.status_code == 400
    assert scene.foreign.connections == 0


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("location", ["{url}/v1", "//{place}/v1", "\\\\{place}"])
def test_a_redirect_is_passed_on_and_not_followed(scene: Scene, status: str, location: str):
    there = location.format(url=scene.foreign.url, place=scene.foreign.place)
    scene.home.answer = (
        f"HTTP/1.1 {status}\r\nlocation: {there}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
    )
    assert scene.post().status_code == int(status[:3])
    assert scene.home.saw(STORED)
    assert scene.foreign.connections == 0


@pytest.mark.parametrize("status", ["401 Unauthorized", "500 Broken", "200 OK"])
def test_an_answer_that_repeats_the_key_is_stored_without_it(scene: Scene, status: str):
    scene.home.echoes, scene.home.status = True, status
    answer = scene.post(user_agent=f"app {scene.gateway.accounts.key}", x_title=scene.gateway.accounts.key)
    assert STORED in answer.text, "the provider's own answer is passed on untouched"
    record = scene.gateway.record(answer.headers["weir-request-id"])
    written = repr(record)
    assert "[redacted]" in (record.response_body or "")
    assert STORED not in written
    assert scene.gateway.accounts.key not in written


def test_the_callers_own_credential_is_not_stored_either(scene: Scene):
    scene.home.echoes, scene.home.status = True, "401 Unauthorized"
    answer = scene.post(f"{CHAT}?key=own-key-in-the-query", authorization="Bearer the-callers-own-key")
    written = repr(scene.gateway.record(answer.headers["weir-request-id"]))
    assert "the-callers-own-key" not in written
    assert "own-key-in-the-query" not in written


def test_the_metrics_and_the_service_pages_tell_no_key(scene: Scene):
    scene.post()
    for path in ("/metrics", "/readyz", "/openapi.json", "/"):
        assert STORED not in httpx.get(scene.gateway.url + path).text
    assert re.search(r"weir_gateway_provider_keys 4\.0", httpx.get(scene.gateway.url + "/metrics").text)
