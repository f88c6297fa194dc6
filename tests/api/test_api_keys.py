from fastapi.testclient import TestClient

from api.parts import Parts
from control import organizations
from tests.api.conftest import NOW


def test_a_key_is_shown_once_and_works_until_it_is_revoked(client: TestClient, key_of):
    manager = key_of("manage")
    made = client.post(
        "/v1/api-keys",
        json={"name": "notebook", "scopes": ["query"], "expires_at": "2027-01-01T00:00:00Z"},
        headers=manager,
    )
    assert made.status_code == 201
    secret, key = made.json()["secret"], made.json()["key"]
    assert key["expires_at"] == "2027-01-01T00:00:00Z"

    theirs = {"Authorization": f"Bearer {secret}"}
    listed = client.get("/v1/api-keys", headers=theirs)
    assert key in listed.json()["keys"]
    assert secret not in listed.text

    assert client.delete(f"/v1/api-keys/{key['id']}", headers=manager).status_code == 204
    assert client.get("/v1/api-keys", headers=theirs).status_code == 401
    revoked = next(
        each for each in client.get("/v1/api-keys", headers=manager).json()["keys"] if each["id"] == key["id"]
    )
    assert revoked["revoked_at"] is not None


def test_a_new_key_is_for_the_gateway(client: TestClient, key_of):
    made = client.post("/v1/api-keys", json={"name": "app"}, headers=key_of("manage"))
    assert made.json()["key"]["scopes"] == ["gateway"]


def test_a_key_has_limits_and_its_maker(client: TestClient, session_of):
    manager = session_of("admin")
    limits = [
        {"quota": 1000, "window_seconds": 3600, "unit": "request"},
        {"quota": 500, "window_seconds": 86400, "unit": "cent"},
    ]
    made = client.post("/v1/api-keys", json={"name": "app", "limits": limits}, headers=manager).json()["key"]
    assert (made["limits"], made["created_by"]) == (limits, "ada@example.com")
    changed = client.put(f"/v1/api-keys/{made['id']}/limits", json={"limits": limits[:1]}, headers=manager)
    assert changed.status_code == 204
    (listed,) = client.get("/v1/api-keys", headers=manager).json()["keys"]
    assert listed["limits"] == limits[:1]
    for wrong in ({"quota": 0, "window_seconds": 60}, {"quota": 1, "window_seconds": 60, "unit": "dollar"}):
        assert client.post("/v1/api-keys", json={"name": "x", "limits": [wrong]}, headers=manager).status_code == 400


def test_the_key_an_application_had_at_helicone_is_registered(client: TestClient, key_of):
    secret = "sk-helicone-h4k2mzq-7xw3bnd-ro5tuvy-2ac6efg"
    manager = key_of("manage")
    made = client.post("/v1/api-keys", json={"name": "app", "secret": secret}, headers=manager)
    assert (made.status_code, made.json()["secret"]) == (201, secret)
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    weak = client.post("/v1/api-keys", json={"name": "app", "secret": "sk-helicone-weak"}, headers=manager)
    assert (weak.status_code, "weak" in weak.text.replace("weaker", "")) == (400, False)


def test_keys_of_another_organization_are_not_there(client: TestClient, parts: Parts, key_of):
    other = organizations.create(parts.database, "Other", now=NOW)
    mine = client.post("/v1/api-keys", json={"name": "app"}, headers=key_of("manage")).json()["key"]
    stranger = key_of("manage", organization=other)
    assert mine["id"] not in client.get("/v1/api-keys", headers=stranger).text
    foreign = client.delete(f"/v1/api-keys/{mine['id']}", headers=stranger)
    assert foreign.status_code == 404
    unknown = client.delete("/v1/api-keys/0199f000-0000-7000-8000-000000000001", headers=stranger)
    assert unknown.json()["error"]["code"] == foreign.json()["error"]["code"]


def test_what_is_wrong_is_named_by_its_place(client: TestClient, key_of):
    manager = key_of("manage")
    for body, place in (
        ({"name": "x", "scopes": ["root"]}, "scopes.0"),
        ({"scopes": ["query"]}, "name"),
        ({"name": "x", "scope": ["query"]}, "scope"),
        ({"name": "x", "expires_at": "2027-01-01T00:00:00"}, "expires_at"),
    ):
        refused = client.post("/v1/api-keys", json=body, headers=manager)
        assert refused.status_code == 400
        assert refused.json()["error"]["message"].startswith(place + ": ")
    blank = client.post("/v1/api-keys", json={"name": " "}, headers=manager)
    assert (blank.status_code, blank.json()["error"]["code"]) == (400, "invalid_value")
