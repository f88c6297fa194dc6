"""Which models there are, in the shape that each client expects, and that what is listed can be called."""

import anthropic
import httpx
import openai
import pytest

from tests.gateway.running import RunningGateway


@pytest.fixture
async def client(unified: RunningGateway):
    async with httpx.AsyncClient(base_url=unified.url, headers=unified.auth, timeout=20) as made:
        yield made


async def test_openais_clients(unified: RunningGateway):
    async with openai.AsyncOpenAI(base_url=f"{unified.url}/v1", api_key=unified.accounts.key) as client:
        listed = {model.id: model.owned_by async for model in client.models.list()}
        one = await client.models.retrieve("demo-small")
    assert listed["gpt-4o"] == "openai"
    assert listed["claude-sonnet-4-5"] == "anthropic"
    assert listed["fast"] == "weir", "a route that the operator named"
    assert "grok-4" not in listed, "nobody has a key for it"
    assert (one.id, one.owned_by) == ("demo-small", "demo")


async def test_anthropics_clients(unified: RunningGateway):
    async with anthropic.AsyncAnthropic(base_url=unified.url, api_key=unified.accounts.key) as client:
        page = await client.models.list()
        one = await client.models.retrieve("claude-sonnet-4-5")
    assert {"claude-sonnet-4-5", "gpt-4o"} <= {model.id for model in page.data}
    assert page.has_more is False
    assert one.display_name == "claude-sonnet-4-5"


async def test_googles_shape(client: httpx.AsyncClient):
    listed = (await client.get("/v1beta/models")).json()["models"]
    one = (await client.get("/v1beta/models/gemini-2.5-flash")).json()
    assert {"models/gemini-2.5-flash", "models/demo-large"} <= {model["name"] for model in listed}
    assert "generateContent" in one["supportedGenerationMethods"]
    assert one["inputTokenLimit"] >= 1_000_000


async def test_another_organization_sees_what_it_can_call(unified: RunningGateway):
    headers = {"weir-auth": f"Bearer {unified.accounts.other_key}"}
    async with httpx.AsyncClient(base_url=unified.url, headers=headers) as client:
        without = {model["id"] for model in (await client.get("/v1/models")).json()["data"]}
        own = {"authorization": "Bearer sk-ant-mine"}
        with_key = {model["id"] for model in (await client.get("/v1/models", headers=own)).json()["data"]}
    assert "demo-small" in without
    assert "gpt-4o" not in without | with_key
    assert "claude-sonnet-4-5" in with_key - without


async def test_what_is_not_listed_and_who_may_not_ask(client: httpx.AsyncClient, unified: RunningGateway):
    unknown = await client.get("/v1/models/gpt-4.o")
    anthropics = await client.get("/v1/models/gpt-4.o", headers={"anthropic-version": "2023-06-01"})
    async with httpx.AsyncClient(base_url=unified.url) as nobody:
        refused = await nobody.get("/v1/models")
    assert unknown.status_code == anthropics.status_code == 404
    assert unknown.json()["error"]["code"] == "model_not_found"
    assert anthropics.json()["type"] == "error"
    assert refused.status_code == 401


async def test_what_is_listed_can_be_called(client: httpx.AsyncClient):
    listed = [model["id"] for model in (await client.get("/v1/models")).json()["data"]]
    with_slashes = [id for id in listed if "/" in id][:2]
    for id in ["demo-small", "fast", *with_slashes]:
        answer = await client.post(
            "/v1/chat/completions", json={"model": id, "messages": [{"role": "user", "content": "x"}]}
        )
        assert answer.status_code == 200, (id, answer.text)
