import string
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.engine import Engine

from control import api_keys, organizations
from control.errors import AlreadyExists, InvalidValue
from control.organizations import Organization
from control.secrets import looks_like_key, new_secret, sha256_hex
from tests.control.conftest import NOW

GIVEN = "sk-weir-" + (string.ascii_letters + string.digits)[:43]


def test_a_key_is_found_by_its_secret(engine: Engine, acme: Organization):
    key, secret = api_keys.create(engine, acme.id, "CI", ["query", "gateway"], now=NOW)
    assert looks_like_key(secret)
    assert secret.startswith(key.prefix)
    assert api_keys.find(engine, secret, now=NOW) == key
    assert api_keys.find_by_hash(engine, sha256_hex(secret), now=NOW) == key
    assert key.scopes == {"query", "gateway"}


def test_a_key_is_for_the_gateway_unless_told_otherwise(engine: Engine, acme: Organization):
    key, _ = api_keys.create(engine, acme.id, "app", now=NOW)
    assert key.scopes == {"gateway"}


def test_the_secret_is_not_stored(engine: Engine, acme: Organization):
    _, secret = api_keys.create(engine, acme.id, "app", now=NOW)
    with engine.connect() as connection:
        stored = connection.exec_driver_sql("select * from api_keys").one()
    assert not any(secret in str(value) for value in stored)


@pytest.mark.parametrize("secret", ["", "sk-weir-", "sk-weir-" + "ä" * 43, "sk-" + "a" * 43, GIVEN + "x", GIVEN])
def test_what_is_no_key_is_not_found(engine: Engine, secret: str):
    assert api_keys.find(engine, secret, now=NOW) is None


def test_a_revoked_key_is_not_found(engine: Engine, acme: Organization):
    key, secret = api_keys.create(engine, acme.id, "app", now=NOW)
    assert api_keys.revoke(engine, acme.id, key.id, now=NOW)
    assert api_keys.find(engine, secret, now=NOW) is None
    assert api_keys.active_by_hash(engine, now=NOW) == {}
    assert api_keys.revoke(engine, acme.id, key.id, now=NOW + timedelta(days=1))
    (listed,) = api_keys.in_organization(engine, acme.id)
    assert listed.revoked_at == NOW


def test_a_key_of_another_organization_cannot_be_revoked_or_listed(engine: Engine, acme: Organization):
    other = organizations.create(engine, "Other", now=NOW)
    key, secret = api_keys.create(engine, acme.id, "app", now=NOW)
    assert not api_keys.revoke(engine, other.id, key.id, now=NOW)
    assert not api_keys.revoke(engine, acme.id, uuid4(), now=NOW)
    assert api_keys.in_organization(engine, other.id) == []
    assert api_keys.find(engine, secret, now=NOW) == key


def test_an_expired_key_is_not_found(engine: Engine, acme: Organization):
    end = NOW + timedelta(hours=1)
    key, secret = api_keys.create(engine, acme.id, "app", expires_at=end, now=NOW)
    assert api_keys.find(engine, secret, now=end - timedelta(seconds=1)) == key
    assert api_keys.active_by_hash(engine, now=NOW) == {sha256_hex(secret): key}
    assert api_keys.find(engine, secret, now=end) is None
    assert api_keys.active_by_hash(engine, now=end) == {}


def test_a_secret_made_elsewhere_is_taken_over_once(engine: Engine, acme: Organization):
    key, secret = api_keys.create(engine, acme.id, "app", key=GIVEN, now=NOW)
    assert secret == GIVEN
    assert api_keys.find(engine, GIVEN, now=NOW) == key
    with pytest.raises(AlreadyExists, match="give another one"):
        api_keys.create(engine, acme.id, "app", key=GIVEN, now=NOW)


@pytest.mark.parametrize("secret", ["hunter2", "sk-weir-short", "sk-weir-" + "ab" * 21 + "c", "sk-other-" + GIVEN[8:]])
def test_a_weak_secret_is_refused_and_not_repeated(engine: Engine, acme: Organization, secret: str):
    with pytest.raises(InvalidValue, match=r"secrets\.token_urlsafe") as refused:
        api_keys.create(engine, acme.id, "app", key=secret, now=NOW)
    assert secret not in str(refused.value)


def test_our_own_secrets_pass_the_check_for_given_ones(engine: Engine, acme: Organization):
    for n in range(50):
        api_keys.create(engine, acme.id, f"key {n}", key=new_secret("sk-weir-"), now=NOW)


@pytest.mark.parametrize(
    ("name", "scopes", "expires_at"),
    [
        (" ", ["query"], None),
        ("x" * 201, ["query"], None),
        ("app", [], None),
        ("app", ["root"], None),
        ("app", ["query"], NOW),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(engine: Engine, acme: Organization, name, scopes, expires_at):
    with pytest.raises(InvalidValue):
        api_keys.create(engine, acme.id, name, scopes, expires_at=expires_at, now=NOW)
