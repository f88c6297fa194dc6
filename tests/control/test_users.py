import pytest
from sqlalchemy.engine import Engine

from control import organizations, users
from control.errors import AlreadyExists, InvalidValue
from control.organizations import Organization
from control.users import Membership
from tests.control.conftest import NOW

PASSWORD = "correct horse battery"


def test_a_password_fits_its_user_alone(engine: Engine):
    ada = users.create(engine, " Ada@Example.com ", password=PASSWORD, now=NOW)
    assert users.password_fits(engine, "ADA@example.com", PASSWORD) == ada
    assert users.password_fits(engine, "ada@example.com", PASSWORD + "!") is None
    assert users.password_fits(engine, "eve@example.com", PASSWORD) is None


def test_a_user_without_a_password_has_none_that_fits(engine: Engine):
    users.create(engine, "ada@example.com", now=NOW)
    assert users.password_fits(engine, "ada@example.com", "") is None
    assert users.password_fits(engine, "ada@example.com", "the password of nobody") is None


def test_an_unknown_email_costs_one_verification_like_a_known_one(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    users.create(engine, "ada@example.com", password=PASSWORD, now=NOW)
    users.create(engine, "bob@example.com", now=NOW)
    verified: list[str] = []

    def verify(_hasher: object, stored: str, _password: str) -> bool:
        verified.append(stored)
        return True

    monkeypatch.setattr(type(users._hasher()), "verify", verify)
    for email in ("ada@example.com", "bob@example.com", "nobody@example.com"):
        users.password_fits(engine, email, PASSWORD)
    assert len(verified) == 3
    assert len({stored.rpartition("$")[0].rpartition("$")[0] for stored in verified}) == 1


def test_a_password_can_be_changed(engine: Engine):
    ada = users.create(engine, "ada@example.com", password=PASSWORD, now=NOW)
    users.set_password(engine, ada.id, "another password")
    assert users.password_fits(engine, "ada@example.com", PASSWORD) is None
    assert users.password_fits(engine, "ada@example.com", "another password") == ada


def test_a_password_is_stored_as_an_argon2_hash(engine: Engine):
    users.create(engine, "ada@example.com", password=PASSWORD, now=NOW)
    with engine.connect() as connection:
        stored = connection.exec_driver_sql("select password_hash from users").scalar_one()
    assert stored.startswith("$argon2id$")


@pytest.mark.parametrize("email", ["", "ada", "@example.com", "ada@", "a da@example.com", "a" * 320 + "@x.com"])
def test_what_is_no_email_is_refused(engine: Engine, email: str):
    with pytest.raises(InvalidValue, match="no email"):
        users.create(engine, email, now=NOW)


@pytest.mark.parametrize("password", ["short", "x" * 1025])
def test_a_password_has_bounds(engine: Engine, password: str):
    with pytest.raises(InvalidValue, match="10 to 1024"):
        users.create(engine, "ada@example.com", password=password, now=NOW)


def test_an_email_and_an_organization_name_are_taken_once(engine: Engine, acme: Organization):
    users.create(engine, "ada@example.com", now=NOW)
    with pytest.raises(AlreadyExists):
        users.create(engine, "Ada@example.com", now=NOW)
    with pytest.raises(AlreadyExists):
        organizations.create(engine, acme.name, now=NOW)


def test_memberships_have_one_role_each(engine: Engine, acme: Organization):
    ada = users.create(engine, "ada@example.com", now=NOW)
    other = organizations.create(engine, "Other", now=NOW)
    users.join(engine, acme.id, ada.id, "viewer", now=NOW)
    users.join(engine, acme.id, ada.id, "admin", now=NOW)
    users.join(engine, other.id, ada.id, "member", now=NOW)
    assert users.memberships_of(engine, ada.id) == [Membership(acme, "admin"), Membership(other, "member")]
    with pytest.raises(InvalidValue, match="owner, admin, member, viewer"):
        users.join(engine, acme.id, ada.id, "god", now=NOW)  # type: ignore[arg-type]
