"""API keys: who may send traffic through the gateway, query, or manage.

A key belongs to one organization. Its secret is shown once, when it is made; we keep its SHA-256. The gateway imports
this module, so it stays light.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.clock import utc
from control.errors import AlreadyExists, InvalidValue
from control.secrets import KEY_PREFIX, check_imported_key, looks_like_key, new_secret, sha256_hex
from control.tables import api_keys

Scope = Literal["gateway", "query", "manage"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

_SHOWN_CHARACTERS = len(KEY_PREFIX) + 4


@dataclass(frozen=True)
class ApiKey:
    """One key, without its secret."""

    id: UUID
    organization_id: UUID
    name: str
    scopes: frozenset[Scope]
    prefix: str
    """The first characters of the secret, by which people recognise it."""
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def create(
    engine: Engine,
    organization_id: UUID,
    name: str,
    scopes: Sequence[Scope] = ("gateway",),
    *,
    key: str | None = None,
    expires_at: datetime | None = None,
    now: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Makes a key and returns it with its secret, which cannot be had again.

    A secret made elsewhere is taken over with `key` if it is as good as ours.
    """
    made_at = utc(now)
    _check(name, scopes, expires_at, made_at)
    if key is not None:
        check_imported_key(key)
    secret = key or new_secret(KEY_PREFIX)
    made = ApiKey(
        id=uuid4(),
        organization_id=organization_id,
        name=name.strip(),
        scopes=frozenset(scopes),
        prefix=secret[:_SHOWN_CHARACTERS],
        created_at=made_at,
        expires_at=expires_at,
    )
    row = {
        "id": made.id,
        "organization_id": organization_id,
        "name": made.name,
        "scopes": sorted(made.scopes),
        "secret_sha256": sha256_hex(secret),
        "prefix": made.prefix,
        "created_at": made_at,
        "expires_at": expires_at,
    }
    try:
        with engine.begin() as connection:
            connection.execute(sa.insert(api_keys).values(row))
    except sa.exc.IntegrityError as error:
        if "secret_sha256" not in str(error.orig):
            raise
        raise AlreadyExists(f"the key {made.prefix}… is in use; give another one") from error
    return made, secret


def find(engine: Engine, secret: str, *, now: datetime | None = None) -> ApiKey | None:
    """Returns the key of that secret, or None if there is none, or it is revoked or expired."""
    return find_by_hash(engine, sha256_hex(secret), now=now) if looks_like_key(secret) else None


def find_by_hash(engine: Engine, secret_sha256: str, *, now: datetime | None = None) -> ApiKey | None:
    """As `find`, for who remembers the hash and not the secret."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(api_keys).where(api_keys.c.secret_sha256 == secret_sha256)).one_or_none()
    key = None if row is None else _key(row)
    return key if key is not None and key.is_active(utc(now)) else None


def active_by_hash(engine: Engine, *, now: datetime | None = None) -> dict[str, ApiKey]:
    """Returns every active key by the hash of its secret: one read refreshes a whole cache."""
    moment = utc(now)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(api_keys).where(api_keys.c.revoked_at.is_(None))).all()
    return {row.secret_sha256: key for row in rows if (key := _key(row)).is_active(moment)}


def in_organization(engine: Engine, organization_id: UUID) -> list[ApiKey]:
    """Returns the organization's keys, revoked ones included, the newest first."""
    query = (
        sa.select(api_keys)
        .where(api_keys.c.organization_id == organization_id)
        .order_by(api_keys.c.created_at.desc(), api_keys.c.id)
    )
    with engine.connect() as connection:
        return [_key(row) for row in connection.execute(query)]


def revoke(engine: Engine, organization_id: UUID, key_id: UUID, *, now: datetime | None = None) -> bool:
    """Revokes a key of the organization; False if it has no such key. Revoking twice changes nothing."""
    mine = (api_keys.c.id == key_id) & (api_keys.c.organization_id == organization_id)
    change = sa.update(api_keys).where(mine).values(revoked_at=sa.func.coalesce(api_keys.c.revoked_at, utc(now)))
    with engine.begin() as connection:
        return connection.execute(change).rowcount > 0


def _check(name: str, scopes: Sequence[Scope], expires_at: datetime | None, now: datetime) -> None:
    if not 1 <= len(name.strip()) <= 200:
        raise InvalidValue("a key needs a name of 1 to 200 characters, so that people know what it is for")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InvalidValue(f"scopes {', '.join(scopes) or '(none)'}: choose at least one of {', '.join(SCOPES)}")
    if expires_at is not None and expires_at <= now:
        raise InvalidValue(f"expires_at {expires_at.isoformat()} has passed; choose a time to come, or none")


def _key(row: "sa.Row[tuple[object, ...]]") -> ApiKey:
    return ApiKey(
        id=row.id,
        organization_id=row.organization_id,
        name=row.name,
        scopes=frozenset(row.scopes),
        prefix=row.prefix,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
