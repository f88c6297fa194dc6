"""What one organization does must not be felt by another that calls through the same gateway."""

import httpx
import pytest

from tests.gateway.attacks.conftest import BODY, Scene

MODELS = "openai/gpt-4o, anthropic/claude-sonnet-4-5"


def call(scene: Scene, key: str, models: str = MODELS, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()} | {"Weir-Auth": f"Bearer {key}"}
    body = BODY | {"model": models, "max_tokens": 5}
    return httpx.post(f"{scene.gateway.url}/v1/chat/completions", json=body, headers=named)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("200 OK", {"Weir_Attempt_Seconds": "0.000001"}),
        ("500 Broken", {"Weir_Retry_Enabled": "true", "Weir_Retry_Num": "2", "Weir_Retry_Min_Timeout": "0"}),
    ],
)
def test_nobody_has_a_provider_set_aside_for_others(scene: Scene, status: str, headers: dict[str, str]):
    """By impatience, or by requests that a provider breaks on."""
    theirs = scene.gateway.accounts.other_key
    scene.home.echoes, scene.home.status = True, status
    for _ in range(8):
        assert call(scene, theirs, "openai/gpt-4o", **headers).status_code >= 500
    scene.home.forget()
    call(scene, scene.gateway.accounts.key)
    assert b"/openai/" in scene.home.received[0].splitlines()[0]
