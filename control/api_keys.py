"""API keys: who may send traffic through the gateway, query, or manage.

A key belongs to one organization. Its secret is shown once, when it is made; we keep its SHA-256. The gateway imports
this module, so it stays light.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control import epochs
from control.clock import utc
from control.errors import AlreadyExists, InvalidValue
from control.key_limits import KeyLimit, checked_limits
from control.secrets import (
    KEY_PREFIX,
    check_imported_key,
    is_public_key,
    looks_like_key,
    new_secret,
    sha256_hex,
    shown_prefix,
)
from control.tables import api_keys

Scope = Literal["gateway", "query", "manage"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

EPOCH = "api_keys"
"""The epoch that grows with every change of the table."""


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
    limits: tuple[KeyLimit, ...] = ()
    """What the key may use up; all of them hold at once."""
    created_by: str | None = None
    """Who made it: a person's email, an API key's name, or None for the command line and the first start."""

    def is_active(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True)
class Changes:
    """What became of the table since it was last read."""

    version: int
    by_hash: dict[str, ApiKey]
    """Keys made, changed or revoked since, by the hash of their secrets; all that are not revoked where `is_whole`."""
    is_whole: bool


def create(
    engine: Engine,
    organization_id: UUID,
    name: str,
    scopes: Sequence[Scope] = ("gateway",),
    *,
    key: str | None = None,
    expires_at: datetime | None = None,
    limits: Iterable[KeyLimit] = (),
    by: str | None = None,
    now: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Makes a key and returns it with its secret, which cannot be had again.

    A secret made elsewhere, also one that Helicone made, is taken over with `key` if it is as good as ours.
    """
    made_at = utc(now)
    _check(name, scopes, expires_at, made_at)
    if key is not None:
        _check_imported(key, scopes)
    secret = key or new_secret(KEY_PREFIX)
    made = ApiKey(
        id=uuid4(),
        organization_id=organization_id,
        name=name.strip(),
        scopes=frozenset(scopes),
        prefix=shown_prefix(secret),
        created_at=made_at,
        expires_at=expires_at,
        limits=checked_limits(limits),
        created_by=by,
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
        "limits": _stored(made.limits),
        "created_by": by,
    }
    try:
        with engine.begin() as connection:
            version = epochs.bump_within(connection, EPOCH)
            connection.execute(sa.insert(api_keys).values(row | {"version": version}))
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


def changes_since(engine: Engine, version: int | None) -> Changes:
    """Returns what changed after a version; everything for None, or where the database knows only older versions."""
    with engine.connect() as connection:
        current = epochs.current_within(connection, EPOCH)
        if current == version:
            return Changes(current, {}, is_whole=False)
        is_whole = version is None or current < version
        changed = api_keys.c.revoked_at.is_(None) if is_whole else api_keys.c.version > version
        rows = connection.execute(sa.select(api_keys).where(changed)).all()
    return Changes(current, {row.secret_sha256: _key(row) for row in rows}, is_whole)


def in_organization(engine: Engine, organization_id: UUID) -> list[ApiKey]:
    """Returns the organization's keys, revoked ones included, the newest first."""
    query = (
        sa.select(api_keys)
        .where(api_keys.c.organization_id == organization_id)
        .order_by(api_keys.c.created_at.desc(), api_keys.c.id)
    )
    with engine.connect() as connection:
        return [_key(row) for row in connection.execute(query)]


def any_limited(engine: Engine) -> bool:
    """Returns whether a key that is not revoked has limits."""
    query = sa.select(api_keys.c.limits).where(api_keys.c.revoked_at.is_(None))
    with engine.connect() as connection:
        return any(connection.execute(query).scalars())


def revoke(engine: Engine, organization_id: UUID, key_id: UUID, *, now: datetime | None = None) -> bool:
    """Revokes a key of the organization; False if it has no such key. Revoking twice changes nothing."""
    return _change(engine, organization_id, key_id, revoked_at=sa.func.coalesce(api_keys.c.revoked_at, utc(now)))


def set_limits(engine: Engine, organization_id: UUID, key_id: UUID, limits: Iterable[KeyLimit]) -> bool:
    """Replaces the limits of a key of the organization; False if it has no such key."""
    return _change(engine, organization_id, key_id, limits=_stored(checked_limits(limits)))


def _change(engine: Engine, organization_id: UUID, key_id: UUID, **values: object) -> bool:
    mine = (api_keys.c.id == key_id) & (api_keys.c.organization_id == organization_id)
    with engine.begin() as connection:
        version = epochs.bump_within(connection, EPOCH)
        change = sa.update(api_keys).where(mine).values(version=version, **values)
        return connection.execute(change).rowcount > 0


def _check_imported(secret: str, scopes: Sequence[Scope]) -> None:
    check_imported_key(secret)
    if is_public_key(secret) and set(scopes) != {"gateway"}:
        raise InvalidValue("a key that begins with pk- is a public one: it can have the scope gateway and no other")


def _stored(limits: Iterable[KeyLimit]) -> list[dict[str, object]]:
    return [asdict(limit) for limit in limits]


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
        limits=tuple(KeyLimit(**limit) for limit in row.limits),
        created_by=row.created_by,
    )
