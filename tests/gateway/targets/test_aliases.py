"""Helicone's paths and ports lead where they led there."""

import threading
import time
from pathlib import Path

import httpx
import pytest

from gateway.main import create_app
from gateway.server import listen, server_of
from gateway.settings import GatewaySettings
from gateway.targets.doors import Doors
from gateway.targets.hosts import AllowedHosts
from gateway.targets.ports import with_prefixes
from providers.catalog import load_catalog
from tests.gateway.running import Accounts


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/v1/gateway/oai/v1/chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("/jawn/v1/gateway/oai/v1/completions", "https://api.openai.com/v1/completions"),
        ("/v1/gateway/anthropic/v1/messages", "https://api.anthropic.com/v1/messages"),
        ("/jawn/v1/gateway/anthropic/v1/messages", "https://api.anthropic.com/v1/messages"),
        ("/oai/v1/responses", "https://api.openai.com/v1/responses"),
        ("/gemini/v1beta/models/m:generateContent", "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent"),
        ("/x-ai/v1/chat/completions", "https://api.x.ai/v1/chat/completions"),
    ],
)  # fmt: skip
def test_paths(path: str, url: str):
    catalog = load_catalog()
    target = Doors(catalog, AllowedHosts(catalog, [], [])).provider_target(path)
    assert target is not None
    assert target.url == url


@pytest.mark.parametrize("path", ["/v1/gateway/oai", "/v1/gateway/x/v1", "/jawn/v1/gateway", "/jawn/oai/v1"])
def test_what_only_looks_like_one_is_none(path: str):
    catalog = load_catalog()
    assert Doors(catalog, AllowedHosts(catalog, [], [])).provider_target(path) is None


def test_ports(tmp_path: Path, accounts: Accounts, upstreams: dict[str, str]):
    listeners = listen("127.0.0.1", [0, 0, 0])
    own, target_port, anthropic = [listener.getsockname()[1] for listener in listeners]
    (tmp_path / "weir.db").write_bytes(accounts.database.read_bytes())
    settings = GatewaySettings(
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'weir.db'}",
        upstreams=upstreams,
        gateway_aliases={target_port: "", anthropic: "/anthropic/"},
    )
    server = server_of(with_prefixes(create_app(settings), settings.gateway_aliases), "127.0.0.1", 0, drain_seconds=2)
    thread = threading.Thread(target=server.run, kwargs={"sockets": listeners}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    body = {"model": "claude-fast", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    key = {"helicone-auth": f"Bearer {accounts.key}", "x-api-key": "k"}
    try:
        with httpx.Client(headers=key) as client:
            asked = [
                client.post(f"http://127.0.0.1:{anthropic}/v1/messages", json=body),
                client.post(f"http://127.0.0.1:{own}/anthropic/v1/messages", json=body),
                client.post(f"http://127.0.0.1:{target_port}/anthropic/v1/messages", json=body),
            ]
            knocked = client.get(f"http://127.0.0.1:{anthropic}/")
            unknown = client.get(f"http://127.0.0.1:{own}/nowhere/v1/messages")
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        for listener in listeners:
            listener.close()
    assert [answer.status_code for answer in asked] == [200, 200, 200]
    assert {answer.json()["type"] for answer in asked} == {"message"}
    assert knocked.json() == {"provider": "anthropic"}
    assert unknown.status_code == 404
