"""API keys as this process remembers them: each is read again when any key was made, changed or revoked since."""

import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine

from control import api_keys, epochs, organizations
from control.api_keys import ApiKey
from control.organizations import Organization
from control.secrets import sha256_hex

_REMEMBERED = 10_000


class KnownKeys:
    """Keys and whose they are; thread-safe.

    The database is asked whether any key has changed at most once in `seconds`: so long may a revoked one go on.
    """

    def __init__(self, database: Engine, *, seconds: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._seconds = seconds
        self._clock = clock
        self._asked_at = -seconds
        self._version = -1
        self._known: dict[str, tuple[int, ApiKey, Organization]] = {}

    def find(self, secret: str, now: datetime) -> tuple[ApiKey, Organization] | None:
        """Returns the key and its organization; None if there is none, or it is revoked or expired."""
        version = self._current_version()
        name = sha256_hex(secret)
        known = self._known.get(name)
        if known is None or known[0] != version:
            key = api_keys.find(self._database, secret, now=now)
            organization = organizations.get(self._database, key.organization_id) if key else None
            if key is None or organization is None:
                return None
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[name] = version, key, organization
        _, key, organization = known
        return (key, organization) if key.is_active(now) else None

    def _current_version(self) -> int:
        # Always older than the key that is read with it: if one changes meanwhile, it is read once more.
        now = self._clock()
        if now - self._asked_at >= self._seconds:
            self._version = epochs.current(self._database, api_keys.EPOCH)
            self._asked_at = now
        return self._version
