"""Where a request goes, and with which headers: told by what a provider received."""

import socket
from asyncio import StreamReader, StreamWriter
from pathlib import Path

import httpx
import pytest

from gateway.caller.head import Head
from gateway.errors import BadRequest, Forbidden
from gateway.targets.doors import Doors
from gateway.targets.hosts import AllowedHosts, ListedHost
from gateway.upstream.resolver import Address
from providers.catalog import load_catalog
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from tests.gateway.vendor import response, vendor


def doors(listed: tuple[str, ...] = (), **upstreams: str) -> Doors:
    catalog = load_catalog(upstreams)
    return Doors(catalog, AllowedHosts(catalog, listed, upstreams))


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/openai/v1/chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("/openai/chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("/openai/v1/files/a%2Fb", "https://api.openai.com/v1/files/a%2Fb"),
        ("/anthropic/v1/messages", "https://api.anthropic.com/v1/messages"),
        ("/v1/gateway/oai/v1/models", "https://api.openai.com/v1/models"),
        ("/v1/gateway/anthropic/v1/messages", "https://api.anthropic.com/v1/messages"),
    ],
)
def test_a_providers_door_leads_to_its_base_url(path: str, url: str):
    target = doors().provider_target(path)
    assert target is not None
    assert target.url == url
    assert target.path == "/" + url.split("/", 3)[3]
    assert target.catalogued is not None


@pytest.mark.parametrize("path", ["/", "/v1/chat/completions", "/healthz", "/opnai/v1", "/v1/gateway/x/y"])
def test_other_paths_are_no_door(path: str):
    assert doors().provider_target(path) is None


@pytest.mark.parametrize(
    "path", ["/openai/../x", "/openai/v1/%2e%2e/x", "/openai/v1/..", "/openai/.%2E/%2e/", "/openai/a\\..\\b"]
)
def test_dot_segments_are_refused(path: str):
    with pytest.raises(BadRequest):
        doors().provider_target(path)


def url_target(url: str, *listed: str, **upstreams: str) -> str:
    head = Head([(b"helicone-target-url", url.encode())])
    return doors(listed, **upstreams).url_target(head, "/v1/models").url


def test_a_target_may_be_a_provider_of_the_catalogue():
    assert url_target("https://API.openai.com") == "https://api.openai.com/v1/models"
    assert url_target("https://api.openai.com:443/") == "https://api.openai.com:443/v1/models"
    assert url_target("https://My-Res.openai.azure.com") == "https://my-res.openai.azure.com/v1/models"
    assert url_target("https://eu-west4-aiplatform.googleapis.com").startswith("https://eu-west4-aiplatform.googleapis")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://api.openai.com",
        "https://api.openai.com:8443",
        "https://api.openai.com.evil.test",
        "https://127.0.0.1",
        "https://[::1]",
        "https://169.254.169.254",
        "https://localhost",
        "https://my-res.openai.azure.com:8443",
        "http://my-res.openai.azure.com",
        "https://evil.test.openai.azure.com",
        "https://my-res.openai.azure.com.evil.test",
        "https://openai.azure.com",
        "http://localhost:11434",
        "http://127.0.0.1:1234",
    ],
)
def test_other_targets_are_forbidden(url: str):
    with pytest.raises(Forbidden):
        url_target(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.openai.com",
        "ftp://api.openai.com",
        "file:///etc/passwd",
        "https://user@api.openai.com",
        "https://api.openai.com#@evil.test",
        "https://api.openai.com?x=1",
        "https://api.openai.com\\@evil.test",
        "https://api.openai.com:99999",
        "https://api.openai.com/a b",
        "https://api%2eopenai.com",
        "https://[::1",
    ],
)
def test_what_is_no_plain_url_is_refused(url: str):
    with pytest.raises(BadRequest):
        url_target(url)


def test_the_operators_list_is_trusted():
    assert url_target("http://ollama.lan:11434", "ollama.lan:11434") == "http://ollama.lan:11434/v1/models"
    assert url_target("https://eu.openai.azure.com", "*.openai.azure.com").startswith("https://eu.openai")
    for url, entry in [
        ("http://ollama.lan:80", "ollama.lan:11434"),
        ("https://openai.azure.com", "*.openai.azure.com"),
    ]:
        with pytest.raises(Forbidden):
            url_target(url, entry)
    assert url_target("http://10.0.0.7:9/x", openai="http://10.0.0.7:9/v1") == "http://10.0.0.7:9/x/v1/models"


@pytest.mark.parametrize("path", ["*@evil.test/", "@evil.test", ".evil.test/", ":1/x", ""])
def test_a_path_cannot_become_part_of_the_host(path: str):
    with pytest.raises(BadRequest):
        doors().url_target(Head([(b"weir-target-url", b"https://api.openai.com")]), path)


@pytest.mark.parametrize("entry", ["https://x.test", "x.test/path", "user@x.test", "", "*", "a b"])
def test_an_entry_that_is_no_host_stops_the_start(entry: str):
    with pytest.raises(ValueError, match="is no host"):
        ListedHost.parse(entry)


async def ok(_: StreamReader, writer: StreamWriter) -> None:
    writer.write(response(b"{}", "set-cookie: a=b", "weir-request-id: theirs", "x-odd: fine"))


async def test_a_name_that_resolves_to_a_private_address_is_not_connected_to(
    accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with vendor(ok) as provider:
        port = provider.url.rpartition(":")[2]

        async def look_up(*_: object) -> list[Address]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port)))]

        monkeypatch.setattr("gateway.upstream.resolver._look_up", look_up)
        with running_gateway(tmp_path, accounts) as closed:
            async with httpx.AsyncClient(base_url=closed.url, headers=closed.auth) as client:
                answer = await client.get("/x", headers={"weir-target-url": "https://api.openai.com"})
            record = closed.record(answer.headers["weir-request-id"])
        assert provider.heads == []
    assert answer.status_code == 403
    assert "WEIR_ALLOWED_TARGETS" in answer.json()["error"]["message"]
    assert record.error_type == "forbidden"


async def test_what_goes_upstream_and_what_does_not(open_gateway: RunningGateway):
    key = open_gateway.accounts.key
    headers = {
        "authorization": f"Bearer provider-key-1, Bearer {key}",
        "x-api-key": key,
        "cookie": "session=1",
        "helicone-user-id": "u",
        "weir-property-a": "b",
        "x-forwarded-for": "203.0.113.9",
        "cf-connecting-ip": "203.0.113.9",
        "connection": "keep-alive, x-hop",
        "x-hop": "1",
        "te": "trailers",
        "anthropic-beta": "a,b",
        "x-own": "grüße".encode(),
        "x-key-again": key,
        "user-agent": "app/1",
    }
    async with vendor(ok) as provider, httpx.AsyncClient() as client:
        answer = await client.get(
            f"{open_gateway.url}/v1/a%20b?x=%2F&y", headers={**headers, "weir-target-url": provider.url}
        )
        [head] = provider.heads
    lines = head.decode().split("\r\n")
    sent = dict(line.split(": ", 1) for line in lines[1:] if line)
    assert lines[0] == "GET /v1/a%20b?x=%2F&y HTTP/1.1"
    assert {name.lower(): value for name, value in sent.items()} == {
        "host": provider.url.removeprefix("http://"),
        "accept": "*/*",
        "accept-encoding": "gzip, deflate, zstd",
        "user-agent": "app/1",
        "anthropic-beta": "a,b",
        "x-own": "grüße",
        "authorization": "Bearer provider-key-1",
    }
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-odd"] == "fine"
    assert answer.headers.get_list("weir-request-id") == [answer.headers["helicone-id"]]


async def test_redirects_are_passed_on_and_not_followed(open_gateway: RunningGateway):
    async def moved(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(b"", "location: http://127.0.0.1:1/", status="302 Found"))

    async with vendor(moved) as provider, httpx.AsyncClient(headers=open_gateway.auth) as client:
        answer = await client.get(f"{open_gateway.url}/x", headers={"weir-target-url": provider.url})
    assert (answer.status_code, answer.headers["location"]) == (302, "http://127.0.0.1:1/")


async def test_the_operators_key_serves_only_listed_organizations_and_only_the_providers_own_door(
    accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "operators-secret-1")
    body = {"model": "claude", "max_tokens": 1, "messages": []}
    async with vendor(ok) as provider, httpx.AsyncClient() as client:
        with running_gateway(
            tmp_path,
            accounts,
            upstreams={"anthropic": f"{provider.url}/v1"},
            operator_key_organizations=str(accounts.organization_id).upper(),
        ) as shared:
            url = f"{shared.url}/anthropic/v1/messages"
            listed = await client.post(url, json=body, headers=shared.auth)
            own = await client.post(url, json=body, headers={**shared.auth, "x-api-key": "callers-own"})
            target = await client.post(
                f"{shared.url}/v1/messages", json=body, headers={**shared.auth, "weir-target-url": provider.url}
            )
            other = await client.post(url, json=body, headers={"x-api-key": accounts.other_key})
            record = shared.record(other.headers["weir-request-id"])
        heads = [head.lower() for head in provider.heads]
    assert [answer.status_code for answer in (listed, own, target, other)] == [200, 200, 200, 401]
    assert b"x-api-key: operators-secret-1" in heads[0]
    assert b"anthropic-version: 2023-06-01" in heads[0]
    assert b"x-api-key: callers-own" in heads[1]
    assert b"operators-secret-1" not in heads[1] + heads[2]
    assert b"x-api-key" not in heads[2]
    assert len(heads) == 3
    assert other.json()["type"] == "error"
    assert "Weir-Auth" in other.json()["error"]["message"]
    assert (record.status_code, record.error_type) == (401, "unauthorized")
    assert record.organization_id == accounts.other_organization_id


@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize("path", ["/", "/anthropic", "/anthropic/"])
def test_whoever_knocks_is_told_that_somebody_is_there(gateway: RunningGateway, method: str, path: str):
    answer = httpx.request(method, gateway.url + path)
    assert answer.status_code == 200
    assert bool(answer.content) == (method == "GET")


def test_a_head_request_is_carried_like_others(gateway: RunningGateway):
    answer = httpx.head(gateway.url + "/demo/v1/models", headers=gateway.auth)
    assert answer.status_code == 200
    assert answer.content == b""
    assert gateway.record(answer.headers["weir-request-id"]).method == "HEAD"


def test_an_unknown_provider_is_told_near_ids(gateway: RunningGateway):
    answer = httpx.post(gateway.url + "/opnai/v1/embeddings", json={}, headers=gateway.auth)
    assert answer.status_code == 404
    assert "/openai/" in answer.json()["error"]["message"]
    messages = httpx.post(gateway.url + "/antropic/v1/messages", json={}, headers=gateway.auth)
    assert messages.json()["type"] == "error"
    assert "/anthropic/" in messages.json()["error"]["message"]
