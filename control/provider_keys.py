"""Provider keys that an organization stores with us, so that its applications need to hold none.

A stored key is sealed (`control/sealing.py`), is never shown again, and goes to the host that the catalogue names for
its provider and nowhere else. The gateway imports this module, so it stays light.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control import epochs
from control.clock import utc
from control.errors import InvalidValue
from control.sealing import SecretBox
from control.tables import provider_keys

EPOCH = "provider_keys"
"""The epoch that grows with every change of the table."""

_HINTED_CHARACTERS = 4
_LEAST_HIDDEN = 12
"""Of a shorter secret no character is shown."""
_SECRET_LENGTH = range(8, 16_385)
_MOST_PARTS = 8
_PLAIN = re.compile(r"[!-~]+")
_PART = re.compile(r"[a-z]{1,32}")
_VALUE = re.compile(r"[a-z0-9-]{1,63}")
"""One label of a host name, so that no value leads to another domain than the catalogue's."""


@dataclass(frozen=True)
class ProviderKey:
    """One stored key; its secret is sealed, and gone once it is removed."""

    id: UUID
    organization_id: UUID
    provider: str
    """The provider's id in the catalogue."""
    name: str
    hint: str
    """The last characters of the secret, by which people recognise it."""
    parts: Mapping[str, str]
    """The parts of the provider's base URL that the key belongs to, such as `resource` or `region`."""
    created_at: datetime
    created_by: str | None
    """Who stored it: a person's email, an API key's name, or None for the command line."""
    removed_at: datetime | None = None
    removed_by: str | None = None
    sealed: str | None = field(default=None, repr=False)

    @property
    def belongs_to(self) -> str:
        """What the sealed secret is bound to."""
        return f"{self.organization_id}/{self.provider}/{self.id}"

    def secret(self, box: SecretBox) -> str:
        """Opens the secret. Raises Unsealable."""
        return box.open(self.sealed or "", self.belongs_to)


@dataclass(frozen=True)
class Changes:
    """What became of the table since it was last read."""

    version: int
    keys: list[ProviderKey]
    """Keys made or removed since; all that are not removed where `is_whole`. The oldest first."""
    is_whole: bool


def create(
    engine: Engine,
    box: SecretBox,
    organization_id: UUID,
    provider: str,
    name: str,
    secret: str,
    *,
    parts: Mapping[str, str] | None = None,
    by: str | None = None,
    now: datetime | None = None,
) -> ProviderKey:
    """Stores a key. Of several keys for one provider the newest is used, so a key is replaced without a gap."""
    secret = secret.strip()
    _check(name, secret, parts or {})
    id = uuid4()
    made = ProviderKey(
        id=id,
        organization_id=organization_id,
        provider=provider,
        name=name.strip(),
        hint=secret[-_HINTED_CHARACTERS:] if len(secret) >= _LEAST_HIDDEN and not secret.startswith("{") else "",
        parts=dict(parts or {}),
        created_at=utc(now),
        created_by=by,
        sealed=box.seal(secret, f"{organization_id}/{provider}/{id}"),
    )
    row = {
        "id": made.id,
        "organization_id": organization_id,
        "provider": provider,
        "name": made.name,
        "sealed": made.sealed,
        "hint": made.hint,
        "parts": made.parts,
        "created_at": made.created_at,
        "created_by": by,
    }
    with engine.begin() as connection:
        version = epochs.bump_within(connection, EPOCH)
        connection.execute(sa.insert(provider_keys).values(row | {"version": version}))
    return made


def in_organization(engine: Engine, organization_id: UUID) -> list[ProviderKey]:
    """Returns the organization's keys, the newest first; removed ones are left out."""
    query = (
        sa.select(provider_keys)
        .where(provider_keys.c.organization_id == organization_id, provider_keys.c.removed_at.is_(None))
        .order_by(provider_keys.c.created_at.desc(), provider_keys.c.id)
    )
    with engine.connect() as connection:
        return [_key(row) for row in connection.execute(query)]


def remove(
    engine: Engine, organization_id: UUID, key_id: UUID, *, by: str | None = None, now: datetime | None = None
) -> bool:
    """Takes a key of the organization out of use and forgets its secret; False if it has no such key."""
    mine = (
        (provider_keys.c.id == key_id)
        & (provider_keys.c.organization_id == organization_id)
        & provider_keys.c.removed_at.is_(None)
    )
    with engine.begin() as connection:
        version = epochs.bump_within(connection, EPOCH)
        change = (
            sa.update(provider_keys)
            .where(mine)
            .values(sealed=None, removed_at=utc(now), removed_by=by, version=version)
        )
        return connection.execute(change).rowcount > 0


def changes_since(engine: Engine, version: int | None) -> Changes:
    """Returns what changed after a version; everything for None, or where the database knows only older versions."""
    with engine.connect() as connection:
        current = epochs.current_within(connection, EPOCH)
        if current == version:
            return Changes(current, [], is_whole=False)
        is_whole = version is None or current < version
        changed = provider_keys.c.removed_at.is_(None) if is_whole else provider_keys.c.version > version
        rows = connection.execute(sa.select(provider_keys).where(changed).order_by(provider_keys.c.created_at))
        return Changes(current, [_key(row) for row in rows], is_whole)


def reseal(engine: Engine, box: SecretBox) -> int:
    """Seals anew what an older secret key sealed, and returns how many keys that were. Raises Unsealable."""
    with engine.begin() as connection:
        version = epochs.bump_within(connection, EPOCH)
        rows = connection.execute(sa.select(provider_keys).where(provider_keys.c.sealed.is_not(None)))
        old = [key for row in rows if not box.is_current((key := _key(row)).sealed or "")]
        for key in old:
            sealed = box.seal(key.secret(box), key.belongs_to)
            change = sa.update(provider_keys).where(provider_keys.c.id == key.id)
            connection.execute(change.values(sealed=sealed, version=version))
    return len(old)


def _check(name: str, secret: str, parts: Mapping[str, str]) -> None:
    """No message repeats the secret."""
    if not 1 <= len(name.strip()) <= 200:
        raise InvalidValue("a provider key needs a name of 1 to 200 characters, so that people know whose it is")
    if len(secret) not in _SECRET_LENGTH:
        raise InvalidValue(f"a provider key has {_SECRET_LENGTH[0]} to {_SECRET_LENGTH[-1]} characters")
    if not _PLAIN.fullmatch(secret) and not _is_json_object(secret):
        raise InvalidValue(
            "a provider key is one word of printable ASCII characters, or a JSON object such as a service account"
        )
    if len(parts) > _MOST_PARTS:
        raise InvalidValue(f"a provider key has at most {_MOST_PARTS} parts of an address")
    for part, value in parts.items():
        if not _PART.fullmatch(part) or not _VALUE.fullmatch(value):
            raise InvalidValue(
                f"part `{part}` is `{value}`: its value must be 1 to 63 small letters, digits and hyphens"
            )


def _is_json_object(secret: str) -> bool:
    try:
        return isinstance(json.loads(secret), dict)
    except ValueError:
        return False


def _key(row: "sa.Row[tuple[object, ...]]") -> ProviderKey:
    return ProviderKey(
        id=row.id,
        organization_id=row.organization_id,
        provider=row.provider,
        name=row.name,
        hint=row.hint,
        parts=row.parts,
        created_at=row.created_at,
        created_by=row.created_by,
        removed_at=row.removed_at,
        removed_by=row.removed_by,
        sealed=row.sealed,
    )
