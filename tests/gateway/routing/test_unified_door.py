"""The unified door: the model decides who is asked, and every client gets answers in its own dialect."""

import json
from asyncio import StreamReader, StreamWriter
from contextlib import suppress

import httpx
import pytest

from tests.gateway.running import RunningGateway
from tests.gateway.vendor import response, vendor

MESSAGES = [{"role": "user", "content": "How deep is the water?"}]
ASKED = {
    "/v1/chat/completions": {"messages": MESSAGES},
    "/v1/messages": {"messages": MESSAGES, "max_tokens": 64},
    "/v1/responses": {"input": "How deep is the water?"},
}
ENDS = {
    "/v1/chat/completions": "data: [DONE]\n\n",
    "/v1/messages": '"message_stop"}\n\n',
    "/v1/responses": "\n\n",
}


@pytest.fixture
async def client(unified: RunningGateway):
    async with httpx.AsyncClient(base_url=unified.url, headers=unified.auth, timeout=20) as made:
        yield made


def text_of(path: str, body: dict) -> str:
    if path == "/v1/chat/completions":
        return body["choices"][0]["message"]["content"]
    if path == "/v1/messages":
        return "".join(block.get("text", "") for block in body["content"])
    if path == "/v1/responses":
        return "".join(part["text"] for item in body["output"] for part in item.get("content", []))
    return "".join(part.get("text", "") for part in body["candidates"][0]["content"]["parts"])


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-4o", "openai"),
        ("claude-sonnet-4-5", "anthropic"),
        ("gemini-2.5-flash", "google"),
        ("bedrock/claude-sonnet-4-5", "bedrock"),
        ("command-r/cohere", "cohere"),
        ("demo-small", "demo"),
    ],
)
async def test_every_dialect_reaches_every_provider(
    client: httpx.AsyncClient, unified: RunningGateway, path: str, model: str, provider: str
):
    answer = await client.post(path, json={"model": model, **ASKED[path]})
    assert answer.status_code == 200, answer.text
    assert text_of(path, answer.json())
    assert answer.headers["weir-provider"] == provider
    record = unified.record(answer.headers["weir-request-id"])
    assert (record.provider, record.request_model, record.status_code) == (provider, model, 200)
    assert record.dialect == {"/v1/chat/completions": "chat_completions"}.get(path, path.removeprefix("/v1/"))
    assert record.usage_source == "reported"
    assert record.output_tokens
    assert record.response_body == answer.text
    assert record.target_host == "127.0.0.1"


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("model", ["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-flash", "bedrock/claude-sonnet-4-5"])
async def test_streams_are_translated_too(client: httpx.AsyncClient, unified: RunningGateway, path: str, model: str):
    answer = await client.post(path, json={"model": model, "stream": True, **ASKED[path]})
    record = unified.record(answer.headers["weir-request-id"])
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith(ENDS[path])
    assert record.is_stream
    assert (record.status_code, record.error_type, record.usage_source) == (200, None, "reported")
    assert record.response_body is not None
    assert record.response_body[:80] == answer.text[:80]
    assert record.output_tokens
    assert record.time_to_first_token_ms is not None


@pytest.mark.parametrize(("model", "provider"), [("gemini-2.5-flash", "google"), ("gpt-4o", "openai")])
async def test_googles_clients_name_the_model_in_the_path(
    client: httpx.AsyncClient, unified: RunningGateway, model: str, provider: str
):
    body = {"contents": [{"role": "user", "parts": [{"text": "How deep?"}]}]}
    whole = await client.post(f"/v1beta/models/{model}:generateContent", json=body)
    stream = await client.post(f"/v1beta/models/{model}:streamGenerateContent?alt=sse", json=body)
    record = unified.record(stream.headers["weir-request-id"])
    assert text_of("", whole.json())
    assert whole.headers["weir-provider"] == stream.headers["weir-provider"] == provider
    assert stream.text.startswith("data: ")
    assert (record.request_model, record.is_stream, record.dialect) == (model, True, "gemini")


async def test_azures_clients_name_the_model_in_the_path(client: httpx.AsyncClient, unified: RunningGateway):
    path = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
    answer = await client.post(path, json={"messages": MESSAGES})
    assert (answer.status_code, answer.headers["weir-provider"]) == (200, "openai")
    assert answer.json()["model"].startswith("gpt-4o")


@pytest.mark.parametrize(
    ("path", "body", "provider"),
    [
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "x"}, "openai"),
        ("/v1/messages/count_tokens", {"model": "claude-sonnet-4-5", "messages": MESSAGES}, "anthropic"),
        ("/v1/v1/chat/completions", {"model": "gpt-4o", "messages": MESSAGES}, "openai"),
        ("/v1/moderations", {"model": "omni-moderation-latest/openai", "input": "x"}, "openai"),
        ("/v1/images/generations", {"model": "openai/gpt-image-1", "prompt": "x"}, "openai"),
        ("/v1beta/models/gemini-2.5-flash:countTokens", {"contents": []}, "google"),
    ],
)
async def test_what_else_names_a_model(
    client: httpx.AsyncClient, unified: RunningGateway, path: str, body: dict, provider: str
):
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    assert unified.record(answer.headers["weir-request-id"]).provider == provider


async def test_a_form_names_a_model_as_well(client: httpx.AsyncClient, unified: RunningGateway):
    answer = await client.post(
        "/v1/audio/transcriptions", data={"model": "openai/whisper-1"}, files={"file": ("a.wav", b"RIFF....")}
    )
    assert (answer.status_code, answer.headers["weir-model"]) == (200, "whisper-1")
    assert unified.record(answer.headers["weir-request-id"]).provider == "openai"


@pytest.mark.parametrize(
    ("method", "path", "headers", "provider"),
    [
        ("GET", "/v1/files", {}, "openai"),
        ("GET", "/v1/batches", {}, "openai"),
        ("DELETE", "/v1/responses/resp_1", {}, "openai"),
        ("GET", "/v1/messages/batches", {}, "anthropic"),
        ("GET", "/v1/files", {"anthropic-version": "2023-06-01"}, "anthropic"),
        ("GET", "/v1beta/files", {}, "google"),
        ("GET", "/v1/whatever/comes", {"x-goog-api-key": "AIza-own"}, "google"),
    ],
)
async def test_without_a_model_the_client_tells_the_provider(
    client: httpx.AsyncClient, unified: RunningGateway, method: str, path: str, headers: dict[str, str], provider: str
):
    answer = await client.request(method, path, headers=headers)
    record = unified.record(answer.headers["weir-request-id"])
    assert record.provider == provider
    assert record.path.endswith(path.removeprefix("/v1").removeprefix("beta"))


async def test_only_the_models_name_is_changed_on_the_way(unified: RunningGateway):
    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(b"{}", "content-type: application/json"))

    body = b'{"messages": [ {"role":"user",  "content":"\\u00e9 1.0"} ], "model": "gpt-4o/openai", "x": 1.50}'
    async with vendor(answer) as provider:
        from tests.gateway.running import running_gateway

        directory = unified.settings.data_dir / "renaming"
        directory.mkdir()
        with running_gateway(directory, unified.accounts, upstreams={"openai": f"{provider.url}/v1"}) as own:
            headers = {**own.auth, "authorization": "Bearer sk-proj-mine", "content-type": "application/json"}
            async with httpx.AsyncClient(base_url=own.url, headers=headers) as caller:
                await caller.post("/v1/chat/completions", content=body)
                await caller.post("/v1/chat/completions", content=body.replace(b"/openai", b""))
        renamed, same = provider.bodies
    assert json.loads(renamed) == {**json.loads(body), "model": "gpt-4o"}
    assert b'[ {"role":"user",  "content":"\\u00e9 1.0"} ]' in renamed
    assert b"1.50" in renamed
    assert same == body.replace(b"/openai", b""), "bytes untouched"


async def test_a_list_fails_over_from_one_dialect_to_another(client: httpx.AsyncClient, unified: RunningGateway):
    body = {"model": "openai/gpt-4o+status=503, claude-sonnet-4-5/anthropic", "messages": MESSAGES}
    for stream in (False, True):
        answer = await client.post("/v1/chat/completions", json={**body, "stream": stream})
        record = unified.record(answer.headers["weir-request-id"])
        assert answer.status_code == 200
        assert answer.headers["weir-provider"] == "anthropic"
        assert answer.headers["weir-attempts"] == "openai 503, anthropic 200"
        assert [attempt.provider for attempt in record.attempts] == ["openai", "anthropic"]
        assert [attempt.model for attempt in record.attempts] == ["gpt-4o+status=503", "claude-sonnet-4-5"]
        assert record.provider == "anthropic"
        assert record.output_tokens


async def test_errors_of_another_dialect_are_the_callers_own(client: httpx.AsyncClient, unified: RunningGateway):
    body = {"model": "anthropic/claude-x+status=404", "messages": MESSAGES}
    answer = await client.post("/v1/chat/completions", json=body)
    record = unified.record(answer.headers["weir-request-id"])
    assert answer.status_code == record.status_code == 404
    assert answer.json()["error"]["message"]
    assert "type" in answer.json()["error"]
    assert (record.error_type, record.provider) == ("provider_error", "anthropic")


async def test_what_a_dialect_cannot_carry_goes_to_one_that_can_or_is_refused(client: httpx.AsyncClient):
    body = {"messages": MESSAGES, "n": 3}
    refused = await client.post("/v1/chat/completions", json={**body, "model": "claude-sonnet-4-5/anthropic"})
    carried = await client.post(
        "/v1/chat/completions", json={**body, "model": "claude-sonnet-4-5/anthropic, gpt-4o/openai"}
    )
    assert refused.status_code == 400
    assert "only one answer" in refused.json()["error"]["message"]
    assert carried.headers["weir-provider"] == "openai"


async def test_a_model_on_a_machine_that_has_no_address_here_says_how_it_gets_one(client: httpx.AsyncClient):
    refused = await client.post("/v1/chat/completions", json={"model": "hosted_vllm/llama3", "messages": MESSAGES})
    assert refused.status_code == 400
    assert "vLLM runs on a machine of your own" in refused.json()["error"]["message"]


async def test_what_is_left_out_is_said_in_a_header_and_in_the_record(
    client: httpx.AsyncClient, unified: RunningGateway
):
    body = {"model": "claude-sonnet-4-5/anthropic", "messages": MESSAGES, "seed": 7, "logit_bias": {}}
    answer = await client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200
    assert "seed" in answer.headers["weir-warnings"]
    assert "; ".join(unified.record(answer.headers["weir-request-id"]).warnings) == answer.headers["weir-warnings"]
    renamed = await client.post(
        "/v1/chat/completions", json={"model": "claude-3.5-sonnet-v2/anthropic", "messages": MESSAGES}
    )
    assert "is answered by" in renamed.headers["weir-warnings"]


async def test_a_stream_that_breaks_in_another_dialect_says_so(client: httpx.AsyncClient, unified: RunningGateway):
    headers = {"weir-user-id": "translated-break"}
    body = {"model": "anthropic/claude+die-after=2", "messages": MESSAGES, "stream": True}
    came = b""
    async with client.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer:
        with suppress(httpx.RemoteProtocolError):
            async for chunk in answer.aiter_raw():
                came += chunk
    record = unified.record_where(lambda each: each.user_id == "translated-break")
    assert b'"error"' in came
    assert b"[DONE]" not in came
    assert record.error_type == "upstream_disconnected"


async def test_an_unreadable_answer_is_no_answer(client: httpx.AsyncClient, unified: RunningGateway):
    body = {"model": "anthropic/claude+garbage", "messages": MESSAGES}
    answer = await client.post("/v1/chat/completions", json=body)
    record = unified.record(answer.headers["weir-request-id"])
    assert (answer.status_code, record.error_type) == (502, "bad_upstream_response")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"model": "gpt-4.o", "messages": []}', "`gpt-4o`"),
        (b'{"model": "gpt-4o",\n "messages": [}', "line 2, column 15"),
        (b'{"messages": []}', "`model` is missing"),
        (b'{"model": 7}', "must be a string"),
        (b'{"model": " "}', "must be a string"),
        (b"[]", "no JSON object"),
        (b"\xff\xfe", "no JSON object"),
        (b"", "`model` is missing"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
async def test_what_cannot_be_meant_is_refused_in_the_callers_dialect(
    client: httpx.AsyncClient, unified: RunningGateway, path: str, body: bytes, said: str
):
    answer = await client.post(path, content=body, headers={"content-type": "application/json"})
    record = unified.record(answer.headers["weir-request-id"])
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert ("type" in answer.json()) == (path == "/v1/messages")
    assert (record.provider, record.status_code, record.attempts) == ("weir", 400, [])


async def test_a_model_nobody_serves_in_this_dialect(client: httpx.AsyncClient):
    answer = await client.post("/v1/embeddings", json={"model": "claude-sonnet-4-5/anthropic", "input": "x"})
    assert answer.status_code == 400
    assert "Anthropic" in answer.json()["error"]["message"]


async def test_a_key_goes_only_where_it_belongs(unified: RunningGateway):
    chat = {"messages": MESSAGES}
    headers = {"weir-auth": f"Bearer {unified.accounts.other_key}"}
    async with httpx.AsyncClient(base_url=unified.url, headers=headers, timeout=20) as other:

        async def ask(model: str, key: str | None = None) -> httpx.Response:
            own = {"authorization": f"Bearer {key}"} if key else {}
            return await other.post("/v1/chat/completions", json={"model": model, **chat}, headers=own)

        none = await ask("gpt-4o")
        demo = await ask("demo-small")
        openai = await ask("gpt-4o", "sk-proj-1")
        unmarked = await ask("gpt-4o", "some-key")
        elsewhere = await ask("claude-sonnet-4-5", "sk-proj-1")
        unmarked_elsewhere = await ask("claude-sonnet-4-5", "some-key")
        named = await ask("claude-sonnet-4-5/anthropic", "some-key")
        listed = await ask("gpt-4o, claude-sonnet-4-5", "sk-ant-1")
    assert [answer.status_code for answer in (none, elsewhere, unmarked_elsewhere)] == [401, 401, 401]
    assert "there is no key" in none.json()["error"]["message"]
    assert [answer.status_code for answer in (demo, openai, unmarked, named, listed)] == [200] * 5
    assert listed.headers["weir-provider"] == "anthropic"


async def test_the_organizations_own_order_is_a_route(client: httpx.AsyncClient, unified: RunningGateway):
    chat = {"messages": MESSAGES}
    by_header = await client.post(
        "/v1/chat/completions", json={"model": "gpt-4o", **chat}, headers={"weir-route": "fast"}
    )
    by_name = await client.post("/v1/chat/completions", json={"model": "spread", **chat})
    unknown = await client.post(
        "/v1/chat/completions", json={"model": "gpt-4o", **chat}, headers={"weir-route": "slow"}
    )
    wrong = await client.post(
        "/v1/chat/completions", json={"model": "gpt-4o", **chat}, headers={"weir-strategy": "best"}
    )
    assert by_header.headers["weir-model"] == "gpt-4o-mini", "the cheaper of the two"
    assert by_name.headers["weir-provider"] == "openai"
    assert unknown.status_code == wrong.status_code == 400
    assert "fast, spread" in unknown.json()["error"]["message"]
    assert "latency" in wrong.json()["error"]["message"]


async def test_a_kept_answer_is_for_the_same_model_and_route_only(client: httpx.AsyncClient, unified: RunningGateway):
    async def ask(path: str, model: str | None = None, **headers: str) -> httpx.Response:
        body = {"messages": [{"role": "user", "content": "Kept?"}]} | ({"model": model} if model else {})
        return await client.post(path, json=body, headers={"weir-cache-enabled": "true", **headers})

    chat = "/v1/chat/completions"
    for model in ("gpt-4o", "gpt-4o-mini"):
        answer = await ask(f"/openai/deployments/{model}/chat/completions?api-version=1")
        assert (answer.headers["weir-cache"], answer.headers["weir-model"]) == ("MISS", model)
    first = await ask(chat, "claude-sonnet-4-5")
    routed = await ask(chat, "claude-sonnet-4-5", **{"weir-route": "fast"})
    again = await ask(chat, "claude-sonnet-4-5")
    assert [each.headers["weir-cache"] for each in (first, routed, again)] == ["MISS", "MISS", "HIT"]
    assert again.content == first.content
    record = unified.record(again.headers["weir-request-id"])
    assert (record.cache_hit, record.provider) == (True, "anthropic")
