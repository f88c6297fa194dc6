"""Makes the first organization, user and keys. Doing it again changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.engine import Engine

from control import api_keys, organizations, users
from control.api_keys import ApiKey, Scope
from control.clock import utc
from control.errors import AlreadyExists
from control.organizations import Organization
from control.settings import BootstrapSettings
from control.users import User


@dataclass(frozen=True)
class FirstKey:
    key: ApiKey
    secret: str | None
    """The secret if the key was made just now; it cannot be had again."""


@dataclass(frozen=True)
class Bootstrapped:
    """What a new installation starts with."""

    organization: Organization
    user: User
    gateway_key: FirstKey
    query_key: FirstKey


def bootstrap(engine: Engine, settings: BootstrapSettings, *, now: datetime | None = None) -> Bootstrapped:
    """Makes what is missing of the first organization, its owner and its keys, and returns all of it."""
    moment = utc(now)
    organization = _organization(engine, settings, moment)
    user = _owner(engine, settings, organization.id, moment)
    return Bootstrapped(
        organization,
        user,
        gateway_key=_key(engine, organization.id, "First gateway key", "gateway", settings.gateway_key, moment),
        query_key=_key(engine, organization.id, "First query key", "query", settings.query_key, moment),
    )


def _organization(engine: Engine, settings: BootstrapSettings, now: datetime) -> Organization:
    known = organizations.find_by_name(engine, settings.organization)
    return known or organizations.create(
        engine, settings.organization, organization_id=settings.organization_id, now=now
    )


def _owner(engine: Engine, settings: BootstrapSettings, organization_id: UUID, now: datetime) -> User:
    known = users.find_by_email(engine, settings.user_email)
    if known is not None and any(m.organization.id == organization_id for m in users.memberships_of(engine, known.id)):
        return known
    password = settings.user_password.get_secret_value() if settings.user_password else None
    user = known or users.create(engine, settings.user_email, password=password, now=now)
    users.join(engine, organization_id, user.id, "owner", now=now)
    return user


def _key(
    engine: Engine, organization_id: UUID, name: str, scope: Scope, given: SecretStr | None, now: datetime
) -> FirstKey:
    secret = given.get_secret_value() if given else None
    known = _known_key(engine, organization_id, name, secret, now)
    if known is not None:
        return FirstKey(known, None)
    key, made = api_keys.create(engine, organization_id, name, [scope], key=secret, now=now)
    return FirstKey(key, made)


def _known_key(engine: Engine, organization_id: UUID, name: str, secret: str | None, now: datetime) -> ApiKey | None:
    if secret is None:
        mine = api_keys.in_organization(engine, organization_id)
        return next((key for key in mine if key.name == name and key.is_active(now)), None)
    known = api_keys.find(engine, secret, now=now)
    if known is not None and known.organization_id != organization_id:
        raise AlreadyExists(f"the key {known.prefix}… belongs to another organization; give another one")
    return known
