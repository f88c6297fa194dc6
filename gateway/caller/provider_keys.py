"""The provider keys that organizations have stored, opened and kept in memory so that no call waits for the database.

What changed is read every few seconds with the API keys, see `gateway/caller/refreshing.py`; a removed key is out of
use within that time. While the database is away the known ones keep working, as long as the API keys do.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from control.errors import Unsealable
from control.provider_keys import Changes, ProviderKey, changes_since
from control.sealing import SecretBox

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """An organization's key for one provider."""

    secret: str = field(repr=False)
    parts: Mapping[str, str]
    """The parts of the provider's base URL that it belongs to."""


class ProviderKeys:
    """The newest key of every organization and provider."""

    def __init__(self, engine: Engine, box: SecretBox | None) -> None:
        """`box` opens them; without one, stored keys are counted and not used."""
        self._engine = engine
        self._box = box
        self._version: int | None = None
        self._rows: dict[UUID, ProviderKey] = {}
        self._stored: dict[tuple[UUID, str], StoredKey] = {}
        self.unreadable = 0
        """Stored keys that WEIR_SECRET_KEY does not open."""

    def __len__(self) -> int:
        return len(self._stored)

    def find(self, organization_id: UUID, provider_id: str) -> StoredKey | None:
        """Returns the key that this organization stored for this provider."""
        return self._stored.get((organization_id, provider_id))

    async def refresh(self) -> None:
        """Reads the keys that changed; keeps what is known if that fails."""
        try:
            await asyncio.to_thread(self._read)
        except SQLAlchemyError as error:
            # The key cache, which asks the same database, says since when and for how long.
            _logger.debug("provider keys cannot be read: %s", type(error).__name__)

    def _read(self) -> None:
        changes = changes_since(self._engine, self._version)
        if changes.version == self._version:
            return
        self._take(changes)
        self._version = changes.version

    def _take(self, changes: Changes) -> None:
        rows = {} if changes.is_whole else dict(self._rows)
        for key in changes.keys:
            rows.pop(key.id, None)
            if key.removed_at is None:
                rows[key.id] = key
        stored: dict[tuple[UUID, str], StoredKey] = {}
        unreadable = 0
        for key in sorted(rows.values(), key=lambda key: key.created_at):
            opened = self._opened(key)
            if opened is None:
                unreadable += 1
            else:
                stored[key.organization_id, key.provider] = opened
        self._rows, self._stored, self.unreadable = rows, stored, unreadable

    def _opened(self, key: ProviderKey) -> StoredKey | None:
        if self._box is None:
            _logger.error("provider key %s cannot be used: WEIR_SECRET_KEY is not set", key.id)
            return None
        try:
            return StoredKey(key.secret(self._box), key.parts)
        except Unsealable as error:
            _logger.error("provider key %s cannot be used: %s", key.id, error)
            return None
