"""Keys as the api shows them: never with a secret, but for a new API key, once."""

from collections.abc import Mapping
from datetime import datetime

import msgspec


class KeyLimit(msgspec.Struct, frozen=True):
    """At most so many units within any window."""

    quota: int
    window_seconds: int
    unit: str


class ApiKey(msgspec.Struct, frozen=True):
    """A key of ours."""

    id: str
    name: str
    scopes: tuple[str, ...]
    prefix: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    limits: tuple[KeyLimit, ...] = ()
    created_by: str | None = None


class ApiKeys(msgspec.Struct, frozen=True):
    keys: tuple[ApiKey, ...]


class MadeKey(msgspec.Struct, frozen=True):
    """A new key and its secret, which cannot be had again."""

    key: ApiKey
    secret: str


class NewKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a new key shall be."""

    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None
    limits: tuple[KeyLimit, ...] = ()
    secret: str | None = None


class ProviderKey(msgspec.Struct, frozen=True):
    """A stored key of a provider."""

    id: str
    provider: str
    name: str
    hint: str
    created_at: datetime
    is_used: bool
    parts: Mapping[str, str] = {}
    created_by: str | None = None


class ProviderKeys(msgspec.Struct, frozen=True):
    provider_keys: tuple[ProviderKey, ...]


class NewProviderKey(msgspec.Struct, frozen=True):
    """A provider's key to store."""

    provider: str
    name: str
    secret: str
    parts: Mapping[str, str] = {}


class StorableProvider(msgspec.Struct, frozen=True):
    """A provider that a key can be stored for."""

    id: str
    name: str
    parts: tuple[str, ...] = ()
    optional_parts: tuple[str, ...] = ()


class StorableProviders(msgspec.Struct, frozen=True):
    providers: tuple[StorableProvider, ...]
