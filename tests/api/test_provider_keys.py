from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api.main import compose
from api.parts import Parts
from api.settings import ApiSettings
from control import organizations, provider_keys
from tests.api.conftest import NOW

SECRET = "sk-proj-abcdefgh-0123456789-wxyz"
KEY = {"provider": "openai", "name": "prod", "secret": SECRET}


def test_a_key_goes_in_and_never_comes_out(client: TestClient, parts: Parts, session_of, acme):
    manager = session_of("admin")
    stored = client.post("/v1/provider-keys", json=KEY, headers=manager)
    assert stored.status_code == 201
    shown = stored.json()
    assert (shown["hint"], shown["provider"], shown["created_by"]) == ("wxyz", "openai", "ada@example.com")
    listed = client.get("/v1/provider-keys", headers=manager)
    assert listed.json()["provider_keys"] == [shown]
    (kept,) = provider_keys.in_organization(parts.database, acme.id)
    for answer in (stored, listed):
        assert SECRET not in answer.text
        assert kept.sealed not in answer.text
    assert kept.secret(parts.secret_box) == SECRET

    assert client.delete(f"/v1/provider-keys/{shown['id']}", headers=manager).status_code == 204
    assert client.delete(f"/v1/provider-keys/{shown['id']}", headers=manager).status_code == 404
    assert client.get("/v1/provider-keys", headers=manager).json()["provider_keys"] == []


def test_of_two_keys_the_newer_one_is_used(client: TestClient, key_of, parts: Parts, acme):
    older = provider_keys.create(
        parts.database, parts.secret_box, acme.id, "openai", "old", SECRET, now=NOW.replace(year=2025)
    )
    manager = key_of("manage")
    newer = client.post("/v1/provider-keys", json=KEY, headers=manager).json()
    used = {
        key["id"]: key["is_used"] for key in client.get("/v1/provider-keys", headers=manager).json()["provider_keys"]
    }
    assert used == {str(older.id): False, newer["id"]: True}


def test_keys_of_another_organization_are_not_there(client: TestClient, parts: Parts, key_of):
    stranger = key_of("manage", organization=organizations.create(parts.database, "Other", now=NOW))
    mine = client.post("/v1/provider-keys", json=KEY, headers=key_of("manage")).json()
    assert client.get("/v1/provider-keys", headers=stranger).json()["provider_keys"] == []
    assert client.delete(f"/v1/provider-keys/{mine['id']}", headers=stranger).status_code == 404


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"provider": "opnai"}, "openai"),
        ({"provider": "demo"}, "takes no key"),
        ({"secret": "two words of it"}, "printable"),
        ({"secret": "short"}, "characters"),
        ({"secret": ["sk-proj-abcdefgh"]}, "secret"),
        ({"name": ""}, "name"),
        ({"parts": {"resource": "acme"}}, "has the parts"),
        ({"provider": "azure"}, "needs to know the resource"),
        ({"provider": "azure", "parts": {"resource": "evil.example/"}}, "hyphens"),
        ({"base_url": "https://evil.example"}, "base_url"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_secret_not_repeated(client: TestClient, key_of, change, told):
    refused = client.post("/v1/provider-keys", json=KEY | change, headers=key_of("manage"))
    assert refused.status_code == 400
    assert told in refused.json()["error"]["message"]
    assert str((KEY | change)["secret"]) not in refused.text


def test_without_a_secret_key_none_can_be_stored(parts: Parts, settings: ApiSettings, key_of):
    with TestClient(compose(replace(parts, secret_box=None), settings)) as client:
        refused = client.post("/v1/provider-keys", json=KEY, headers=key_of("manage"))
    assert refused.status_code == 503
    assert "WEIR_SECRET_KEY" in refused.json()["error"]["hint"]


def test_the_providers_say_what_a_key_for_them_must_name(client: TestClient, key_of):
    told = client.get("/v1/providers", headers=key_of("manage")).json()["providers"]
    by_id = {provider["id"]: provider for provider in told}
    assert by_id["openai"]["parts"] == []
    assert by_id["azure"]["parts"] == ["resource"]
    assert "demo" not in by_id
