from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from api.known_keys import KnownKeys
from api.parts import Parts
from control import api_keys, organizations, sign_in, users
from tests.api.conftest import NOW, PASSWORD, GivenAnswers

READING = [
    ("GET", "/v1/freshness"),
    ("GET", "/v1/hql/schema"),
    ("POST", "/v1/hql"),
    ("POST", "/v1/hql/validate"),
    ("POST", "/v1/hql/explain"),
    ("GET", "/v1/hql/history"),
    ("DELETE", "/v1/hql/history"),
    ("GET", "/v1/hql/jobs"),
    ("POST", "/v1/hql/jobs"),
    ("GET", "/v1/hql/jobs/0199f000-0000-7000-8000-000000000001/result"),
    ("GET", "/v1/hql/saved"),
    ("POST", "/v1/hql/saved"),
    ("DELETE", "/v1/hql/saved/0199f000-0000-7000-8000-000000000001"),
    ("GET", "/v1/requests/0199f000-0000-7000-8000-000000000001"),
    ("GET", "/v1/requests/0199f000-0000-7000-8000-000000000001/body/request"),
]
SOME_KEY = "0199f000-0000-7000-8000-000000000001"
MANAGING = [
    ("POST", "/v1/api-keys"),
    ("PUT", f"/v1/api-keys/{SOME_KEY}/limits"),
    ("DELETE", f"/v1/api-keys/{SOME_KEY}"),
    ("DELETE", "/v1/cache"),
    ("GET", "/v1/provider-keys"),
    ("POST", "/v1/provider-keys"),
    ("DELETE", f"/v1/provider-keys/{SOME_KEY}"),
    ("GET", "/v1/providers"),
]
SQL = {"sql": "select 1 as n", "name": "made"}


def call(client: TestClient, method: str, path: str, headers: dict[str, str]):
    body = {"name": "made"} if path == "/v1/api-keys" else {"sql": "select 1 as n"}
    return client.request(method, path, headers=headers, json=body if method == "POST" else None)


@pytest.mark.parametrize(("method", "path"), [*READING, *MANAGING, ("GET", "/v1/api-keys"), ("GET", "/v1/me")])
def test_without_a_credential_nothing_is_told(client: TestClient, method: str, path: str):
    refused = call(client, method, path, {})
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert refused.json()["error"]["code"] == "no_credential"
    assert "Authorization: Bearer" in refused.json()["error"]["hint"]


@pytest.mark.parametrize(("method", "path"), READING)
def test_a_key_that_ships_in_an_app_cannot_read(client: TestClient, key_of, answers: GivenAnswers, method, path):
    refused = call(client, method, path, key_of("gateway"))
    assert refused.status_code == 403
    assert "`query`" in refused.json()["error"]["message"]
    assert "has: gateway" in refused.json()["error"]["message"]
    assert answers.asked == []


@pytest.mark.parametrize(("method", "path"), MANAGING)
def test_a_key_that_reads_cannot_manage(client: TestClient, key_of, method, path):
    assert call(client, method, path, key_of("query", "gateway")).status_code == 403


@pytest.mark.parametrize(("method", "path"), READING)
def test_a_key_that_manages_cannot_read(client: TestClient, key_of, method, path):
    assert call(client, method, path, key_of("manage")).status_code == 403


@pytest.mark.parametrize(
    ("role", "may_manage"), [("owner", True), ("admin", True), ("member", False), ("viewer", False)]
)
def test_people_read_and_owners_and_admins_manage(client: TestClient, session_of, role, may_manage):
    headers = session_of(role)
    assert call(client, "POST", "/v1/hql", headers).status_code == 200
    assert call(client, "POST", "/v1/api-keys", headers).status_code == (201 if may_manage else 403)


def test_unknown_revoked_and_expired_keys_read_the_same(client: TestClient, parts: Parts, acme):
    revoked, first = api_keys.create(parts.database, acme.id, "a", ["query"], now=NOW)
    api_keys.revoke(parts.database, acme.id, revoked.id, now=NOW)
    earlier = NOW - timedelta(days=2)
    _, second = api_keys.create(
        parts.database, acme.id, "b", ["query"], expires_at=NOW - timedelta(days=1), now=earlier
    )
    answers = [
        client.get("/v1/me", headers={"Authorization": f"Bearer {secret}"})
        for secret in (first, second, "sk-weir-" + "x" * 43, "sk-weir-short")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


def test_a_key_that_is_known_ends_at_its_time_and_when_it_is_revoked(parts: Parts, acme):
    later = NOW + timedelta(hours=1)
    made, secret = api_keys.create(parts.database, acme.id, "a", ["query"], expires_at=later, now=NOW)
    assert parts.known_keys.find(secret, NOW) == (made, acme)
    assert parts.known_keys.find(secret, later) is None
    assert parts.known_keys.find(secret, NOW) == (made, acme)
    api_keys.revoke(parts.database, acme.id, made.id, now=NOW)
    assert parts.known_keys.find(secret, NOW) is None


def test_a_revoked_key_goes_on_for_a_second_at_most(parts: Parts, acme):
    seconds = [100.0]
    known_keys = KnownKeys(parts.database, clock=lambda: seconds[0])
    made, secret = api_keys.create(parts.database, acme.id, "a", ["query"], now=NOW)
    assert known_keys.find(secret, NOW) == (made, acme)
    api_keys.revoke(parts.database, acme.id, made.id, now=NOW)
    seconds[0] += 1
    assert known_keys.find(secret, NOW) is None


def test_an_ended_session_reads_nothing(client: TestClient, session_of):
    headers = session_of("owner")
    assert client.post("/v1/auth/sign-out", headers=headers).status_code == 204
    refused = client.get("/v1/me", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "signed_out")


def test_a_key_cannot_sign_out(client: TestClient, key_of):
    assert client.post("/v1/auth/sign-out", headers=key_of("query")).status_code == 400


def test_a_session_names_the_organization_it_acts_for(client: TestClient, parts: Parts, session_of, answers, acme):
    other = organizations.create(parts.database, "Other", now=NOW)
    foreign = organizations.create(parts.database, "Foreign", now=NOW)
    session_of("viewer", organization=other)
    headers = session_of("owner")

    unnamed = call(client, "POST", "/v1/hql", headers)
    assert (unnamed.status_code, unnamed.json()["error"]["code"]) == (400, "organization_needed")
    assert str(acme.id) in unnamed.json()["error"]["message"]

    for organization in (acme, other):
        named = headers | {"Weir-Organization": str(organization.id)}
        assert call(client, "POST", "/v1/hql", named).status_code == 200
        assert answers.asked[-1][0] == organization.id
    assert call(client, "POST", "/v1/api-keys", headers | {"Weir-Organization": str(other.id)}).status_code == 403

    refused = [
        call(client, "POST", "/v1/hql", headers | {"Weir-Organization": name})
        for name in (str(foreign.id), "0199f000-0000-7000-8000-000000000001", "nonsense")
    ]
    assert {answer.status_code for answer in refused} == {403}
    assert len({answer.text for answer in refused}) == 1


def test_a_key_cannot_name_another_organization(client: TestClient, parts: Parts, key_of, answers):
    other = organizations.create(parts.database, "Other", now=NOW)
    refused = call(client, "POST", "/v1/hql", key_of("query") | {"Weir-Organization": str(other.id)})
    assert refused.status_code == 403
    assert answers.asked == []


def test_me_tells_a_person_and_a_key(client: TestClient, session_of, key_of, acme):
    person = client.get("/v1/me", headers=session_of("owner")).json()
    assert person["user"]["email"] == "ada@example.com"
    assert person["organizations"] == [{"id": str(acme.id), "name": "Acme", "role": "owner"}]
    key = client.get("/v1/me", headers=key_of("query")).json()
    assert key["user"] is None
    assert key["key"]["scopes"] == ["query"]
    assert key["organizations"] == [{"id": str(acme.id), "name": "Acme", "role": None}]


def test_a_password_opens_a_session(client: TestClient, parts: Parts, acme):
    user = users.create(parts.database, "ada@example.com", password=PASSWORD, now=NOW)
    users.join(parts.database, acme.id, user.id, "owner", now=NOW)
    opened = client.post("/v1/auth/sign-in", json={"email": "Ada@example.com", "password": PASSWORD}).json()
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {opened['token']}"}).status_code == 200
    assert opened["expires_at"] == "2026-11-17T12:30:15.250000Z"

    refused = client.post("/v1/auth/sign-in", json={"email": "ada@example.com", "password": "wrong password"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "wrong_credentials")


def test_guessing_is_slowed_down(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(users, "password_fits", lambda engine, email, password: None)
    statuses = [
        client.post("/v1/auth/sign-in", json={"email": "ada@example.com", "password": "wrong"}) for _ in range(11)
    ]
    assert [answer.status_code for answer in statuses] == [401] * 10 + [429]
    assert statuses[-1].headers["Retry-After"] == "901"


def test_a_link_opens_one_session(client: TestClient, parts: Parts):
    user = users.create(parts.database, "ada@example.com", now=NOW)
    token = sign_in.make_token(parts.database, user.id, now=NOW)
    opened = client.post("/v1/auth/redeem", json={"token": token})
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {opened.json()['token']}"}).status_code == 200
    assert client.post("/v1/auth/redeem", json={"token": token}).status_code == 401
