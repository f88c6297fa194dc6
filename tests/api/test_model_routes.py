import pytest
from fastapi.testclient import TestClient

from api.parts import Parts
from control import organizations
from tests.api.conftest import NOW

FAST = {"models": "gpt-4o-mini, claude-haiku-4-5/anthropic", "strategy": "latency"}


def test_a_route_is_made_listed_and_deleted(client: TestClient, key_of, parts: Parts):
    manager = key_of("manage")
    stranger = key_of("manage", organization=organizations.create(parts.database, "Other", now=NOW))
    made = client.put("/v1/routes/fast", json=FAST, headers=manager)
    assert (made.status_code, made.json()) == (200, {"name": "fast", "weights": {}, **FAST})
    assert client.get("/v1/routes", headers=manager).json() == {"routes": [made.json()]}
    assert client.get("/v1/routes", headers=stranger).json() == {"routes": []}
    assert client.delete("/v1/routes/fast", headers=stranger).status_code == 404
    assert client.delete("/v1/routes/fast", headers=manager).status_code == 204
    assert client.get("/v1/routes", headers=manager).json() == {"routes": []}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"models": "gpt-4o-minny"}, "gpt-4o-mini"),
        ({"weights": {"opnai": 1}}, "opnai"),
        ({"strategy": "fastest"}, "strategy"),
        ({"models": ""}, "models"),
    ],
)
def test_what_cannot_be_taken_is_refused(client: TestClient, key_of, change: dict, told: str):
    answer = client.put("/v1/routes/fast", json=FAST | change, headers=key_of("manage"))
    assert answer.status_code in (400, 422)
    assert told in answer.text


@pytest.mark.parametrize("scope", ["gateway", "query"])
def test_only_managers_name_routes(client: TestClient, key_of, scope: str):
    assert client.put("/v1/routes/fast", json=FAST, headers=key_of(scope)).status_code == 403
