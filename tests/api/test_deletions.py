from dataclasses import replace
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from api.parts import Parts
from control import deletions, organizations
from tests.api.conftest import NOW

ID = str(uuid4())


def test_a_deletion_is_asked_for_and_followed_until_it_is_done(client: TestClient, key_of, parts: Parts, acme):
    manager = key_of("manage")
    begun = client.post("/v1/deletions", json={"user_id": "u-1"}, headers=manager)
    assert begun.status_code == 202
    assert begun.json() == {
        "id": begun.json()["id"],
        "state": "waiting",
        "request_ids": [],
        "user_id": "u-1",
        "organization": False,
        "requested_at": "2026-11-03T12:30:15.250000Z",
        "requested_by": "key test",
        "days_left": None,
        "counts": {},
        "problem": None,
        "finished_at": None,
    }
    (asked,) = deletions.due(parts.database, now=NOW)
    deletions.save(parts.database, replace(asked, state="done", finished_at=NOW), {"requests": 3})
    shown = client.get(f"/v1/deletions/{asked.id}", headers=manager).json()
    assert (shown["state"], shown["counts"]) == ("done", {"requests": 3})
    assert client.get("/v1/deletions", headers=manager).json() == {"deletions": [shown]}


@pytest.mark.parametrize(
    ("body", "is_organization", "request_ids"),
    [({"request_ids": [ID]}, False, [ID]), ({"organization": True}, True, [])],
)
def test_requests_and_organizations_are_deleted_too(client: TestClient, key_of, body, is_organization, request_ids):
    begun = client.post("/v1/deletions", json=body, headers=key_of("manage")).json()
    assert (begun["organization"], begun["request_ids"]) == (is_organization, request_ids)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user_id": "u-1", "organization": True},
        {"organization": False},
        {"request_ids": []},
        {"request_ids": ["no id"]},
        {"user_id": ""},
        {"user": "u-1"},
    ],
)
def test_what_does_not_say_one_thing_to_delete_is_refused(client: TestClient, key_of, parts: Parts, body):
    assert client.post("/v1/deletions", json=body, headers=key_of("manage")).status_code == 400
    assert deletions.due(parts.database, now=NOW) == []


def test_nobody_sees_the_deletions_of_others(client: TestClient, key_of, parts: Parts):
    begun = client.post("/v1/deletions", json={"user_id": "u-1"}, headers=key_of("manage")).json()
    stranger = key_of("manage", organization=organizations.create(parts.database, "Other", now=NOW))
    assert client.get("/v1/deletions", headers=stranger).json() == {"deletions": []}
    missing = client.get(f"/v1/deletions/{begun['id']}", headers=stranger)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "unknown_deletion")


def test_a_rule_is_set_and_taken_back(client: TestClient, key_of):
    manager = key_of("manage")
    assert client.get("/v1/organization/retention", headers=manager).json()["days"] is None
    rule = client.put("/v1/organization/retention", json={"days": 30}, headers=manager).json()
    assert rule == {
        "days": 30,
        "changed_at": "2026-11-03T12:30:15.250000Z",
        "changed_by": "key test",
        "applied_until": None,
    }
    assert client.get("/v1/organization/retention", headers=manager).json() == rule
    assert client.put("/v1/organization/retention", json={"days": None}, headers=manager).json()["days"] is None


@pytest.mark.parametrize("body", [{}, {"days": 0}, {"days": -3}, {"days": "long"}])
def test_a_rule_that_means_nothing_is_refused(client: TestClient, key_of, body):
    assert client.put("/v1/organization/retention", json=body, headers=key_of("manage")).status_code == 400


@pytest.mark.parametrize("scope", ["gateway", "query"])
def test_only_managers_delete(client: TestClient, key_of, scope: str):
    headers = key_of(scope)
    assert client.post("/v1/deletions", json={"organization": True}, headers=headers).status_code == 403
    assert client.get("/v1/deletions", headers=headers).status_code == 403
    assert client.put("/v1/organization/retention", json={"days": 1}, headers=headers).status_code == 403
