import string
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy.engine import Engine

from control import api_keys, organizations, users
from control.bootstrap import bootstrap
from control.errors import AlreadyExists
from control.settings import BootstrapSettings
from tests.control.conftest import NOW

CHARACTERS = string.ascii_letters + string.digits
GATEWAY_KEY = "sk-weir-" + CHARACTERS[:43]
QUERY_KEY = "sk-weir-" + CHARACTERS[10:53]


def settings(**fields: object) -> BootstrapSettings:
    return BootstrapSettings.model_validate({"user_email": "ada@example.com"} | fields)


def test_the_first_start_makes_what_a_new_installation_needs(engine: Engine):
    made = bootstrap(engine, settings(), now=NOW)
    (membership,) = users.memberships_of(engine, made.user.id)
    assert (membership.organization, membership.role) == (made.organization, "owner")
    assert made.gateway_key.secret is not None
    assert made.query_key.secret is not None
    assert api_keys.find(engine, made.gateway_key.secret, now=NOW) == made.gateway_key.key
    assert made.gateway_key.key.scopes == {"gateway"}
    assert made.query_key.key.scopes == {"query"}


@pytest.mark.parametrize("given", [None, SecretStr(GATEWAY_KEY)])
def test_the_second_start_makes_nothing(engine: Engine, given: SecretStr | None):
    first = bootstrap(engine, settings(gateway_key=given), now=NOW)
    second = bootstrap(engine, settings(gateway_key=given), now=NOW)
    assert (second.organization, second.user) == (first.organization, first.user)
    assert second.gateway_key.key == first.gateway_key.key
    assert second.gateway_key.secret is None
    assert len(api_keys.in_organization(engine, first.organization.id)) == 2


def test_given_values_are_used(engine: Engine):
    chosen = settings(
        organization="Acme",
        organization_id=UUID(int=7),
        user_password=SecretStr("correct horse battery"),
        gateway_key=SecretStr(GATEWAY_KEY),
        query_key=SecretStr(QUERY_KEY),
    )
    made = bootstrap(engine, chosen, now=NOW)
    assert organizations.get(engine, UUID(int=7)) == made.organization
    assert users.password_fits(engine, "ada@example.com", "correct horse battery") == made.user
    assert api_keys.find(engine, GATEWAY_KEY, now=NOW) == made.gateway_key.key
    assert api_keys.find(engine, QUERY_KEY, now=NOW) == made.query_key.key


def test_a_key_given_later_is_added(engine: Engine):
    bootstrap(engine, settings(), now=NOW)
    made = bootstrap(engine, settings(gateway_key=SecretStr(GATEWAY_KEY)), now=NOW)
    assert made.gateway_key.secret == GATEWAY_KEY


def test_a_key_of_another_organization_is_not_taken_over(engine: Engine):
    bootstrap(engine, settings(organization="Acme", gateway_key=SecretStr(GATEWAY_KEY)), now=NOW)
    with pytest.raises(AlreadyExists, match="another organization"):
        bootstrap(engine, settings(organization="Other", gateway_key=SecretStr(GATEWAY_KEY)), now=NOW)


def test_an_owner_whose_role_was_changed_keeps_it(engine: Engine):
    made = bootstrap(engine, settings(), now=NOW)
    users.join(engine, made.organization.id, made.user.id, "viewer", now=NOW)
    bootstrap(engine, settings(), now=NOW)
    (membership,) = users.memberships_of(engine, made.user.id)
    assert membership.role == "viewer"
