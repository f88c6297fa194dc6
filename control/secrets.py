"""Random secrets and their hashes.

A secret of 32 random bytes needs no slow hash: nobody can guess it. Passwords do, see `control/users.py`.
"""

import hashlib
import secrets

from control.errors import InvalidValue

KEY_PREFIX = "sk-weir-"
SECRET_LENGTH = 43
"""Characters of 32 bytes in url-safe base64."""

_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_DISTINCT_CHARACTERS = 16
"""A random secret has about 31 different characters, and fewer than 16 once in 10^14 times."""


def new_secret(prefix: str = "") -> str:
    return prefix + secrets.token_urlsafe(32)


def sha256_hex(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def looks_like_key(secret: str) -> bool:
    """Whether the text has the shape of an API key of ours; says nothing of whether the key exists."""
    body = secret.removeprefix(KEY_PREFIX)
    return secret.startswith(KEY_PREFIX) and len(body) == SECRET_LENGTH and _ALPHABET.issuperset(body)


def check_imported_key(secret: str) -> None:
    """Raises InvalidValue unless a secret from outside is as good as one we would make."""
    if not looks_like_key(secret):
        raise InvalidValue(
            f"the given key is not `{KEY_PREFIX}` and {SECRET_LENGTH} characters of A-Z a-z 0-9 - _; make one with: "
            f"""python -c "import secrets; print('{KEY_PREFIX}' + secrets.token_urlsafe(32))\""""
        )
    if len(set(secret.removeprefix(KEY_PREFIX))) < _DISTINCT_CHARACTERS:
        raise InvalidValue("the given key is too regular to be random; make one with secrets.token_urlsafe(32)")
