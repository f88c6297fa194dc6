"""The organization's API keys."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, SecretStr

from api.auth import Manager, Member
from api.errors import NotFound
from api.parts import FromApp
from api.shapes import Received, Shown
from control import api_keys
from control.api_keys import ApiKey, Scope
from control.key_limits import KeyLimit, LimitUnit

router = APIRouter(prefix="/v1/api-keys", tags=["keys"])


class Limit(Received):
    """At most so many units within any window."""

    quota: int
    window_seconds: int
    unit: LimitUnit = "request"


class Limits(Received):
    limits: list[Limit]


class NewKey(Received):
    name: str
    scopes: list[Scope] = ["gateway"]
    expires_at: AwareDatetime | None = None
    limits: list[Limit] = []
    secret: SecretStr | None = None
    """A secret made elsewhere, such as the Helicone key that an application goes on using; made anew if left out."""


class ShownKey(Shown):
    id: UUID
    name: str
    scopes: list[Scope]
    prefix: str
    """The first characters of the secret."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    limits: list[Limit]
    created_by: str | None
    """Who made it; null for the command line and the first start."""


class MadeKey(Shown):
    key: ShownKey
    secret: str
    """Shown this once; we keep only its hash."""


class Keys(Shown):
    keys: list[ShownKey]


def shown(key: ApiKey) -> ShownKey:
    return ShownKey(
        id=key.id,
        name=key.name,
        scopes=sorted(key.scopes),
        prefix=key.prefix,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        limits=[Limit(quota=limit.quota, window_seconds=limit.window_seconds, unit=limit.unit) for limit in key.limits],
        created_by=key.created_by,
    )


@router.get("")
def list_keys(caller: Member, parts: FromApp) -> Keys:
    """Lists the organization's keys, revoked ones included, the newest first."""
    return Keys(keys=[shown(key) for key in api_keys.in_organization(parts.database, caller.organization_id)])


@router.post("", status_code=201)
def make_key(body: NewKey, caller: Manager, parts: FromApp) -> MadeKey:
    """Makes a key; the answer is the only place its secret is ever shown."""
    key, secret = api_keys.create(
        parts.database,
        caller.organization_id,
        body.name,
        body.scopes,
        key=body.secret.get_secret_value() if body.secret else None,
        expires_at=body.expires_at,
        limits=_limits(body.limits),
        by=caller.name,
        now=parts.now(),
    )
    return MadeKey(key=shown(key), secret=secret)


@router.put("/{key_id}/limits", status_code=204)
def set_limits(key_id: UUID, body: Limits, caller: Manager, parts: FromApp) -> None:
    """Replaces a key's limits; the gateway holds to the new ones within seconds."""
    if not api_keys.set_limits(parts.database, caller.organization_id, key_id, _limits(body.limits)):
        raise _unknown(key_id)


@router.delete("/{key_id}", status_code=204)
def revoke_key(key_id: UUID, caller: Manager, parts: FromApp) -> None:
    """Revokes a key; the gateway stops taking it within seconds."""
    if not api_keys.revoke(parts.database, caller.organization_id, key_id, now=parts.now()):
        raise _unknown(key_id)


def _limits(limits: list[Limit]) -> list[KeyLimit]:
    return [KeyLimit(limit.quota, limit.window_seconds, limit.unit) for limit in limits]


def _unknown(key_id: UUID) -> NotFound:
    return NotFound("unknown_key", f"there is no key {key_id}", hint="GET /v1/api-keys lists them")
