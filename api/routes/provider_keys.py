"""The provider keys that the organization stores with us. What goes in as a secret never comes out again."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, SecretStr

from api.auth import Manager
from api.errors import NotFound, Unavailable
from api.key_places import placed, takes_keys
from api.parts import FromApp
from api.shapes import Received, Shown
from control import provider_keys
from control.provider_keys import ProviderKey

router = APIRouter(prefix="/v1", tags=["keys"])


class NewProviderKey(Received):
    provider: str = Field(max_length=64)
    """The provider's id, as in the gateway's paths."""
    name: str
    secret: SecretStr
    """The key, or a JSON object such as a service account; an AWS key pair is `id:secret`."""
    parts: dict[str, str] = {}
    """The parts of the provider's address that the key belongs to, such as `resource` or `region`."""


class ShownProviderKey(Shown):
    id: UUID
    provider: str
    name: str
    hint: str
    """The last characters of the secret; empty where showing them would tell too much."""
    parts: dict[str, str]
    created_at: datetime
    created_by: str | None
    is_used: bool
    """Whether it is the newest for its provider, which is the one that is used."""


class ProviderKeys(Shown):
    provider_keys: list[ShownProviderKey]


class StorableProvider(Shown):
    id: str
    name: str
    parts: list[str]
    """The parts of its address that a key must name."""
    optional_parts: list[str]


class StorableProviders(Shown):
    providers: list[StorableProvider]


@router.get("/provider-keys")
def list_keys(caller: Manager, parts: FromApp) -> ProviderKeys:
    """Lists the organization's stored provider keys, the newest first, without their secrets."""
    keys = provider_keys.in_organization(parts.database, caller.organization_id)
    newest = {key.provider: key.id for key in reversed(keys)}
    return ProviderKeys(provider_keys=[_shown(key, is_used=newest[key.provider] == key.id) for key in keys])


@router.post("/provider-keys", status_code=201)
def store_key(body: NewProviderKey, caller: Manager, parts: FromApp) -> ShownProviderKey:
    """Stores a key, encrypted. The gateway uses it within seconds for calls that bring no key of their own."""
    if parts.secret_box is None:
        raise Unavailable(
            "no_secret_key",
            "provider keys cannot be stored: this installation has no secret key to encrypt them with",
            hint="the operator sets WEIR_SECRET_KEY for the api and the gateway",
        )
    provider = placed(parts.catalog, body.provider, body.parts)
    made = provider_keys.create(
        parts.database,
        parts.secret_box,
        caller.organization_id,
        provider.id,
        body.name,
        body.secret.get_secret_value(),
        parts=body.parts,
        by=caller.name,
        now=parts.now(),
    )
    return _shown(made, is_used=True)


@router.delete("/provider-keys/{key_id}", status_code=204)
def remove_key(key_id: UUID, caller: Manager, parts: FromApp) -> None:
    """Takes a key out of use within seconds, and forgets its secret."""
    if not provider_keys.remove(parts.database, caller.organization_id, key_id, by=caller.name, now=parts.now()):
        raise NotFound("unknown_key", f"there is no provider key {key_id}", hint="GET /v1/provider-keys lists them")


@router.get("/providers")
def list_providers(_caller: Manager, parts: FromApp) -> StorableProviders:
    """Lists the providers that a key can be stored for, by name."""
    return StorableProviders(
        providers=[
            StorableProvider(
                id=provider.id,
                name=provider.name,
                parts=[part for part in provider.owner_parts if part not in provider.parts],
                optional_parts=[
                    part for part in provider.needed_parts if part not in provider.owner_parts or part in provider.parts
                ],
            )
            for provider in sorted(parts.catalog, key=lambda provider: provider.name.lower())
            if takes_keys(provider)
        ]
    )


def _shown(key: ProviderKey, *, is_used: bool) -> ShownProviderKey:
    return ShownProviderKey(
        id=key.id,
        provider=key.provider,
        name=key.name,
        hint=key.hint,
        parts=dict(key.parts),
        created_at=key.created_at,
        created_by=key.created_by,
        is_used=is_used,
    )
