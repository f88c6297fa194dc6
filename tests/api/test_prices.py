"""What models cost an organization, and the prices it has entered itself."""

from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from api.parts import Parts
from control import organizations
from tests.api.conftest import NOW

OURS = {
    "provider": "openai",
    "model": "gpt-4o",
    "prices": {"input": "2.00", "output": "8"},
    "valid_from": "2026-01-01",
    "valid_until": None,
    "tier": None,
    "above_tokens": 0,
}
PATH = "/v1/price-overrides"


def test_a_price_is_entered_listed_changed_and_deleted(client: TestClient, key_of, parts: Parts):
    manager = key_of("manage")
    stranger = key_of("manage", organization=organizations.create(parts.database, "Other", now=NOW))
    made = client.post(PATH, json=OURS, headers=manager)
    assert made.status_code == 201
    assert made.json().items() >= OURS.items()
    assert client.get(PATH, headers=manager).json() == {"price_overrides": [made.json()]}
    assert client.get(PATH, headers=stranger).json() == {"price_overrides": []}
    own = f"{PATH}/{made.json()['id']}"
    changed = OURS | {"prices": {"input": "1.50"}}
    assert client.put(own, json=changed, headers=stranger).status_code == 404
    assert client.put(own, json=changed, headers=manager).json()["prices"] == {"input": "1.50"}
    assert client.delete(own, headers=stranger).status_code == 404
    assert client.delete(own, headers=manager).status_code == 204
    assert client.put(f"{PATH}/{uuid4()}", json=changed, headers=manager).status_code == 404


def test_an_own_price_wins_for_its_organization_alone(client: TestClient, key_of, parts: Parts):
    manager = key_of("manage")
    stranger = key_of("manage", organization=organizations.create(parts.database, "Other", now=NOW))
    client.post(PATH, json=OURS, headers=manager)
    asked = "/v1/prices?provider=openai&model=gpt-4o-2024-08-06"
    own, listed = client.get(asked, headers=manager).json(), client.get(asked, headers=stranger).json()
    assert (own["source"], listed["source"]) == ("override", "exact")
    assert float(own["prices"]["input"]) == 2
    assert float(own["prices"]["cache_read"]) == 1.25, "what is not entered is as the list says"
    assert float(listed["prices"]["input"]) == 2.5
    assert "+agreed-" in own["version"]
    earlier = client.get(asked + "&at=2025-12-31T23:59:59Z", headers=manager).json()
    assert earlier["source"] == "exact"


def test_a_model_of_ones_own_gets_a_price_by_a_pattern(client: TestClient, key_of):
    manager = key_of("manage")
    asked = "/v1/prices?provider=fireworks&model=accounts/acme/models/small-7"
    assert client.get(asked, headers=manager).json()["source"] == "none"
    client.post(PATH, json=OURS | {"provider": "fireworks", "model": "accounts/acme/models/*"}, headers=manager)
    assert float(client.get(asked, headers=manager).json()["prices"]["output"]) == 8
    flex = client.get(asked + "&tier=flex", headers=manager).json()
    assert (flex["source"], flex["prices"]) == ("none", {}), "a price is of one tier"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"prices": {"imput": 1}}, "imput"),
        ({"prices": {}}, "prices"),
        ({"prices": {"input": "-1"}}, "price"),
        ({"prices": {"input": "NaN"}}, "finite"),
        ({"valid_until": "2025-01-01"}, "valid_until"),
        ({"provider": "Open AI"}, "provider"),
        ({"modell": "x"}, "modell"),
    ],
)
def test_what_cannot_be_taken_is_refused(client: TestClient, key_of, change: dict, told: str):
    answer = client.post(PATH, json=OURS | change, headers=key_of("manage"))
    assert answer.status_code in (400, 422)
    assert told in answer.text


@pytest.mark.parametrize("scope", ["gateway", "query"])
def test_only_managers_enter_prices(client: TestClient, key_of, scope: str):
    assert client.post(PATH, json=OURS, headers=key_of(scope)).status_code == 403
    assert client.get("/v1/prices?provider=openai&model=gpt-4o", headers=key_of("query")).status_code == 200
