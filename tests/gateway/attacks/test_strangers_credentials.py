"""What is meant for one provider goes to no other, whichever header or query it comes in."""

import json

import httpx
import pytest

from tests.gateway.attacks.conftest import BODY, Scene

SECRETS_OF_ONE = {
    "x-amz-security-token": "session-token-of-aws",
    "ocp-apim-subscription-key": "subscription-of-azure",
    "x-functions-key": "function-of-azure",
    "x-auth-token": "token-of-somebody",
    "authorization": "Bearer key-of-openai",
    "x-api-key": "key-of-anthropic",
}


def test_a_fallback_gets_no_header_that_may_be_a_secret(scene: Scene):
    scene.home.echoes, scene.home.status = True, "503 Busy"
    fallbacks = [{"target-url": scene.foreign.url, "headers": {"X-Own-Token": "their-own-token"}}]
    headers = SECRETS_OF_ONE | {"Weir-Fallbacks": json.dumps(fallbacks), "Idempotency-Key": "once"}
    answer = httpx.post(
        f"{scene.gateway.url}/openai/v1/chat/completions?api-key=in-the-query",
        json=BODY,
        headers=scene.gateway.auth | headers,
    )
    assert answer.status_code == 200
    assert scene.home.saw("session-token-of-aws")
    for secret in (*SECRETS_OF_ONE.values(), "in-the-query"):
        assert not scene.foreign.saw(secret.removeprefix("Bearer "))
    assert scene.foreign.saw("their-own-token")
    assert scene.foreign.saw("once")


@pytest.mark.parametrize(
    ("key", "owner"),
    [
        ("gsk_a-key-of-groq-1234", "groq"),
        ("sk-ant-a-key-of-anthropic", "anthropic"),
        ("AIza-a-key-of-google", "google"),
        ("xai-a-key-of-xai", "xai"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/files", "/v1/responses/resp_1", "/v1/batches?limit=1"])
def test_without_a_model_a_strangers_key_goes_nowhere(scene: Scene, path: str, key: str, owner: str):
    answer = httpx.get(scene.gateway.url + path, headers=scene.gateway.auth | {"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401
    assert f"`/{owner}{path.partition('?')[0]}`" in answer.json()["error"]["message"]
    assert scene.home.connections == 0


@pytest.mark.parametrize("key", ["sk-proj-a-key-of-openai", "some-key-without-a-mark"])
def test_without_a_model_the_default_providers_key_goes_there(scene: Scene, key: str):
    headers = scene.gateway.auth | {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{scene.gateway.url}/v1/files", headers=headers).status_code == 200
    assert scene.home.saw(key)
