"""Random secrets and their hashes.

A secret of 32 random bytes needs no slow hash: nobody can guess it. Passwords do, see `control/users.py`.
"""

import hashlib
import re
import secrets

from control.errors import InvalidValue

KEY_PREFIX = "sk-weir-"
SECRET_LENGTH = 43
"""Characters of 32 bytes in url-safe base64."""

_MARKS = (KEY_PREFIX, "k-helicone-")
"""What tells a key of ours from a provider's: our own prefix, and `sk-helicone-` and `pk-helicone-`."""

_OURS = re.compile(rf"{KEY_PREFIX}[A-Za-z0-9_-]{{{SECRET_LENGTH}}}")
_HELICONE = re.compile(r"(?P<prefix>(?:sk|pk)-helicone-(?:[a-z]{2}-)?|sk-)(?P<body>[a-z0-9]{7}(?:-[a-z0-9]{7}){3})")
"""Keys that Helicone made: four groups of seven, with a region in the newer ones and no name in the oldest."""

_DISTINCT_CHARACTERS = 16
"""A random secret has about 31 different characters, and fewer than 16 once in 10^14 times."""
_DISTINCT_IN_HELICONE = 9
"""Twenty-eight random characters of 32 have fewer than 9 different ones once in 10^9 times."""


def new_secret(prefix: str = "") -> str:
    return prefix + secrets.token_urlsafe(32)


def sha256_hex(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def looks_like_key(secret: str) -> bool:
    """Whether the text has the shape of an API key of ours, or of one that Helicone made and an application still uses.

    Says nothing of whether the key exists.
    """
    return _OURS.fullmatch(secret) is not None or _HELICONE.fullmatch(secret) is not None


def holds_key(text: str) -> bool:
    """Whether a key of ours may stand anywhere in the text; such text must not go to a provider."""
    return _MARKS[0] in text or _MARKS[1] in text


def is_public_key(secret: str) -> bool:
    """Whether it is one of the keys that Helicone's users ship in what they publish."""
    return secret.startswith("pk-")


def shown_prefix(secret: str) -> str:
    """Returns the first characters of a key, by which people recognise it."""
    helicone = _HELICONE.fullmatch(secret)
    return secret[: len(helicone["prefix"] if helicone else KEY_PREFIX) + 4]


def check_imported_key(secret: str) -> None:
    """Raises InvalidValue unless a secret from outside is as good as one we would make."""
    helicone = _HELICONE.fullmatch(secret)
    if helicone is None and not _OURS.fullmatch(secret):
        raise InvalidValue(
            f"the given key is not `{KEY_PREFIX}` and {SECRET_LENGTH} characters of A-Z a-z 0-9 - _, nor one that "
            f"Helicone made; make one with: "
            f"""python -c "import secrets; print('{KEY_PREFIX}' + secrets.token_urlsafe(32))\""""
        )
    body, least = (helicone["body"], _DISTINCT_IN_HELICONE) if helicone else (secret, _DISTINCT_CHARACTERS)
    if len(set(body.removeprefix(KEY_PREFIX))) < least:
        raise InvalidValue("the given key is too regular to be random; make one with secrets.token_urlsafe(32)")
