"""Stored provider keys, sealed for whom they belong to."""

import secrets
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control import organizations, provider_keys
from control.errors import InvalidValue, Unsealable
from control.organizations import Organization
from control.sealing import SecretBox
from control.tables import provider_keys as table
from tests.control.conftest import NOW

BOX = SecretBox([secrets.token_urlsafe(32)])
SECRET = "sk-proj-abcdefgh-0123456789-wxyz"


def test_a_key_opens_for_its_owner_and_shows_its_end_alone(engine: Engine, acme: Organization):
    made = provider_keys.create(
        engine, BOX, acme.id, "azure", "prod", f"{SECRET}\n", parts={"resource": "acme-eu"}, by="ada@x.io", now=NOW
    )
    assert made.secret(BOX) == SECRET
    assert made.hint == "wxyz"
    assert provider_keys.in_organization(engine, acme.id) == [made]
    assert (made.parts, made.created_by) == ({"resource": "acme-eu"}, "ada@x.io")
    assert SECRET not in repr(made)
    assert made.sealed not in repr(made)


def test_the_secret_is_not_in_the_database(engine: Engine, acme: Organization):
    provider_keys.create(engine, BOX, acme.id, "openai", "prod", SECRET, now=NOW)
    with engine.connect() as connection:
        (row,) = connection.execute(sa.select(table))
    assert not any(SECRET in str(value) for value in row)


def test_the_same_secret_is_sealed_differently_each_time():
    assert BOX.seal(SECRET, "here") != BOX.seal(SECRET, "here")


def test_a_row_copied_to_another_organization_does_not_open(engine: Engine, acme: Organization):
    other = organizations.create(engine, "Other", now=NOW)
    made = provider_keys.create(engine, BOX, acme.id, "openai", "prod", SECRET, now=NOW)
    for stolen in ({"organization_id": other.id}, {"provider": "anthropic"}, {"id": uuid4()}):
        with engine.begin() as connection:
            (row,) = connection.execute(sa.select(table).where(table.c.id == made.id)).mappings()
            copy = dict(row) | {"id": uuid4()} | stolen
            connection.execute(sa.insert(table).values(copy))
        keys = provider_keys.in_organization(engine, copy["organization_id"])
        (copied,) = [key for key in keys if key.id == copy["id"]]
        with pytest.raises(Unsealable):
            copied.secret(BOX)


@pytest.mark.parametrize(
    "sealed", ["", "v1", "v1.00000000.AAAA", "v2.x.y", "v1.{name}.!", "v1.{name}.AAAA", "v1.{name}.é"]
)
def test_what_was_not_sealed_by_us_does_not_open(sealed: str):
    name = BOX.seal("x", "y").split(".")[1]
    with pytest.raises(Unsealable):
        BOX.open(sealed.replace("{name}", name), "y")


def test_one_secret_key_replaces_another(engine: Engine, acme: Organization):
    old, new = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    made = provider_keys.create(engine, SecretBox([old]), acme.id, "openai", "prod", SECRET, now=NOW)
    version = provider_keys.changes_since(engine, None).version
    assert made.secret(SecretBox([new, old])) == SECRET
    assert provider_keys.reseal(engine, SecretBox([new, old])) == 1
    assert provider_keys.reseal(engine, SecretBox([new, old])) == 0
    (changed,) = provider_keys.changes_since(engine, version).keys
    assert changed.secret(SecretBox([new])) == SECRET
    with pytest.raises(Unsealable):
        changed.secret(SecretBox([old]))


def test_a_secret_key_must_be_long():
    with pytest.raises(InvalidValue, match="WEIR_SECRET_KEY"):
        SecretBox(["change-me"])
    assert SecretBox.of(None) is SecretBox.of(" , ") is None


def test_a_removed_key_is_forgotten(engine: Engine, acme: Organization):
    made = provider_keys.create(engine, BOX, acme.id, "openai", "prod", SECRET, now=NOW)
    version = provider_keys.changes_since(engine, None).version
    assert not provider_keys.remove(engine, uuid4(), made.id, now=NOW)
    assert provider_keys.remove(engine, acme.id, made.id, by="ada@x.io", now=NOW)
    assert not provider_keys.remove(engine, acme.id, made.id, now=NOW)
    assert provider_keys.in_organization(engine, acme.id) == []
    (removed,) = provider_keys.changes_since(engine, version).keys
    assert (removed.removed_at, removed.removed_by, removed.sealed) == (NOW, "ada@x.io", None)
    assert provider_keys.changes_since(engine, None).keys == []


@pytest.mark.parametrize(
    ("name", "secret", "parts"),
    [
        (" ", SECRET, {}),
        ("prod", "short", {}),
        ("prod", "two words or more", {}),
        ("prod", "sk-proj-\r\nx-evil: 1", {}),
        ("prod", "sk-proj-naïve-0123456789", {}),
        ("prod", "[1, 2, 3, 4, 5, 6, 7]", {}),
        ("prod", "x" * 16_385, {}),
        ("prod", SECRET, {"resource": "evil.example/"}),
        ("prod", SECRET, {"resource": "a@b"}),
        ("prod", SECRET, {"Resource!": "a"}),
        ("prod", SECRET, {f"p{n}": "a" for n in range(9)}),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_secret_not_repeated(engine, acme, name, secret, parts):
    with pytest.raises(InvalidValue) as refused:
        provider_keys.create(engine, BOX, acme.id, "openai", name, secret, parts=parts, now=NOW)
    assert secret not in str(refused.value)


def test_a_service_account_is_a_key_too(engine: Engine, acme: Organization):
    account = '{\n  "type": "service_account",\n  "private_key": "-----BEGIN"\n}'
    made = provider_keys.create(engine, BOX, acme.id, "vertex", "prod", account, now=NOW)
    assert made.secret(BOX) == account
    assert made.hint == ""
