"""API keys as this process remembers them: each is read again when any key was made, changed or revoked since."""

from datetime import datetime

from sqlalchemy.engine import Engine

from control import api_keys, epochs, organizations
from control.api_keys import ApiKey
from control.organizations import Organization
from control.secrets import sha256_hex

_REMEMBERED = 10_000


class KnownKeys:
    """Keys and whose they are; thread-safe.

    A question costs a small look at the database, so a revoked key ends at once.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._known: dict[str, tuple[int, ApiKey, Organization]] = {}

    def find(self, secret: str, now: datetime) -> tuple[ApiKey, Organization] | None:
        """Returns the key and its organization; None if there is none, or it is revoked or expired."""
        # Before the key is read: if one changes meanwhile, it is read once more and never too seldom.
        version = epochs.current(self._database, api_keys.EPOCH)
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
