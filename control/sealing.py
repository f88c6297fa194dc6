"""Seals secrets that must be read again, such as provider keys, for their rest in the database.

AES-256-GCM under a key derived from WEIR_SECRET_KEY. What a secret belongs to is authenticated with it, so a row that
is copied to another organization does not open. A sealed text names the key it was sealed with: while one secret key
replaces another both open, and only the first seals.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from control.errors import InvalidValue, Unsealable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SHORTEST_SECRET_KEY = 32
"""Characters; what deploy/new-secrets.sh and the first start make is longer."""

_VERSION = "v1"
_NONCE_BYTES = 12
_FOR_SEALING = b"weir: seal provider keys, version 1"
_FOR_NAMING = b"weir: name the key that provider keys are sealed with, version 1"


class SecretBox:
    """Seals with the first of its secret keys, opens with any of them."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        """Raises InvalidValue for a secret key that is too short to be one."""
        if not secret_keys or any(len(key) < SHORTEST_SECRET_KEY for key in secret_keys):
            raise InvalidValue(
                f"WEIR_SECRET_KEY needs {SHORTEST_SECRET_KEY} characters or more; make one with: "
                'python -c "import secrets; print(secrets.token_urlsafe(32))"'
            )
        self._keys = {_derived(key, _FOR_NAMING).hex()[:8]: _derived(key, _FOR_SEALING) for key in secret_keys}
        self._current = _derived(secret_keys[0], _FOR_NAMING).hex()[:8]
        self._ciphers: dict[str, AESGCM] = {}

    @classmethod
    def of(cls, setting: str | None) -> "SecretBox | None":
        """Returns the box for the setting WEIR_SECRET_KEY, whose keys are separated by commas; None without one."""
        keys = [key.strip() for key in (setting or "").split(",") if key.strip()]
        return cls(keys) if keys else None

    def seal(self, secret: str, belongs_to: str) -> str:
        """Returns the secret as it may be stored; it opens again for whom it belongs to."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher(self._current).encrypt(nonce, secret.encode(), belongs_to.encode())
        return f"{_VERSION}.{self._current}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, belongs_to: str) -> str:
        """Returns the secret. Raises Unsealable."""
        from cryptography.exceptions import InvalidTag

        version, _, rest = sealed.partition(".")
        name, _, text = rest.partition(".")
        if version != _VERSION or name not in self._keys:
            raise Unsealable(f"it was sealed with the secret key {name or '?'}, which is not in WEIR_SECRET_KEY")
        try:
            data = base64.urlsafe_b64decode(text)
            return self._cipher(name).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], belongs_to.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Unsealable("it was changed, or belongs to somebody else") from error

    def is_current(self, sealed: str) -> bool:
        """Whether it was sealed with the key that seals today."""
        return sealed.startswith(f"{_VERSION}.{self._current}.")

    def _cipher(self, name: str) -> "AESGCM":
        # Imported where it is needed: a gateway without stored provider keys does not load it.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if name not in self._ciphers:
            self._ciphers[name] = AESGCM(self._keys[name])
        return self._ciphers[name]


def _derived(secret_key: str, purpose: bytes) -> bytes:
    """A secret key is long and random, so one round of HMAC is enough to make keys for purposes of it."""
    return hmac.new(secret_key.encode(), purpose, hashlib.sha256).digest()
