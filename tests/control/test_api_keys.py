import string
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.engine import Engine

from control import api_keys, organizations
from control.errors import AlreadyExists, InvalidValue
from control.key_limits import KeyLimit
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
    assert api_keys.changes_since(engine, None).by_hash == {}
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
    assert api_keys.find(engine, secret, now=end) is None


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


@pytest.mark.parametrize(
    "secret",
    [
        "sk-helicone-h4k2mzq-7xw3bnd-ro5tuvy-2ac6efg",
        "sk-helicone-eu-h4k2mzq-7xw3bnd-ro5tuvy-2ac6efg",
        "pk-helicone-h4k2mzq-7xw3bnd-ro5tuvy-2ac6efg",
        "sk-h4k2mzq-7xw3bnd-ro5tuvy-2ac6efg",
    ],
)
def test_a_key_that_helicone_made_goes_on_working(engine: Engine, acme: Organization, secret: str):
    key, _ = api_keys.create(engine, acme.id, "app", key=secret, now=NOW)
    assert api_keys.find(engine, secret, now=NOW) == key
    assert secret.startswith(key.prefix)
    assert len(secret) - len(key.prefix) >= 4
    assert key.prefix.endswith("h4k2")


@pytest.mark.parametrize(
    ("secret", "scopes"),
    [
        ("sk-helicone-aaaaaaa-aaaaaaa-aaaaaaa-aaaaaaa", ["gateway"]),
        ("sk-helicone-h4k2mzq-7xw3bnd-ro5tuvy", ["gateway"]),
        ("pk-helicone-h4k2mzq-7xw3bnd-ro5tuvy-2ac6efg", ["gateway", "query"]),
    ],
)
def test_a_weak_key_of_helicones_or_a_public_one_that_may_read_is_refused(engine, acme: Organization, secret, scopes):
    with pytest.raises(InvalidValue) as refused:
        api_keys.create(engine, acme.id, "app", scopes, key=secret, now=NOW)
    assert secret not in str(refused.value)


def test_a_reader_learns_what_changed_and_nothing_else(engine: Engine, acme: Organization):
    first, first_secret = api_keys.create(engine, acme.id, "first", now=NOW)
    start = api_keys.changes_since(engine, None)
    assert start.is_whole
    assert start.by_hash == {sha256_hex(first_secret): first}
    assert api_keys.changes_since(engine, start.version).by_hash == {}

    second, second_secret = api_keys.create(engine, acme.id, "second", now=NOW)
    made = api_keys.changes_since(engine, start.version)
    assert (made.by_hash, made.is_whole) == ({sha256_hex(second_secret): second}, False)

    api_keys.revoke(engine, acme.id, first.id, now=NOW)
    revoked = api_keys.changes_since(engine, made.version)
    assert [(hash, key.revoked_at) for hash, key in revoked.by_hash.items()] == [(sha256_hex(first_secret), NOW)]


def test_a_database_put_back_to_an_older_state_is_read_as_a_whole(engine: Engine, acme: Organization):
    key, secret = api_keys.create(engine, acme.id, "app", now=NOW)
    changes = api_keys.changes_since(engine, 1000)
    assert changes.is_whole
    assert changes.by_hash == {sha256_hex(secret): key}


def test_limits_stand_on_the_key_and_can_be_replaced(engine: Engine, acme: Organization):
    limits = [KeyLimit(1000, 3600), KeyLimit(500, 86400, "cent")]
    key, secret = api_keys.create(engine, acme.id, "app", limits=limits, by="ada@example.com", now=NOW)
    found = api_keys.find(engine, secret, now=NOW)
    assert found == key
    assert (found.limits, found.created_by) == (tuple(limits), "ada@example.com")
    before = api_keys.changes_since(engine, None).version
    assert api_keys.set_limits(engine, acme.id, key.id, [KeyLimit(7, 60, "token")])
    (changed,) = api_keys.changes_since(engine, before).by_hash.values()
    assert changed.limits == (KeyLimit(7, 60, "token"),)
    assert not api_keys.set_limits(engine, uuid4(), key.id, [])


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
