"""The organization's API keys."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime

from api.auth import Manager, Member
from api.errors import NotFound
from api.parts import FromApp
from api.shapes import Received, Shown
from control import api_keys
from control.api_keys import ApiKey, Scope

router = APIRouter(prefix="/v1/api-keys", tags=["keys"])


class NewKey(Received):
    name: str
    scopes: list[Scope] = ["gateway"]
    expires_at: AwareDatetime | None = None


class ShownKey(Shown):
    id: UUID
    name: str
    scopes: list[Scope]
    prefix: str
    """The first characters of the secret."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


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
    )


@router.get("")
def list_keys(caller: Member, parts: FromApp) -> Keys:
    """Lists the organization's keys, revoked ones included, the newest first."""
    return Keys(keys=[shown(key) for key in api_keys.in_organization(parts.database, caller.organization_id)])


@router.post("", status_code=201)
def make_key(body: NewKey, caller: Manager, parts: FromApp) -> MadeKey:
    """Makes a key; the answer is the only place its secret is ever shown."""
    key, secret = api_keys.create(
        parts.database, caller.organization_id, body.name, body.scopes, expires_at=body.expires_at, now=parts.now()
    )
    return MadeKey(key=shown(key), secret=secret)


@router.delete("/{key_id}", status_code=204)
def revoke_key(key_id: UUID, caller: Manager, parts: FromApp) -> None:
    """Revokes a key; the gateway stops taking it within seconds."""
    if not api_keys.revoke(parts.database, caller.organization_id, key_id, now=parts.now()):
        raise NotFound("unknown_key", f"there is no key {key_id}", hint="GET /v1/api-keys lists them")
