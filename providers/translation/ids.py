"""Ids within the limits of every dialect: those that join a tool's result to its call, and the end user's.

Providers refuse ids of another's making: messages wants letters, digits, `_` and `-`, chat completions at most 40
characters. What does not fit is replaced by a digest, the same for the call and for its result.
"""

import hashlib
import re

_MOST_OF_USER = 64
_FITS = re.compile(r"[a-zA-Z0-9_-]{1,40}")


def fitting(id: str) -> str:
    """Returns the id, or a digest of it that any dialect takes."""
    if _FITS.fullmatch(id):
        return id
    return f"call_{hashlib.sha256(id.encode()).hexdigest()[:24]}"


def fitting_user(user: str | None) -> str | None:
    """Returns the end user's id as OpenAI takes it, at most 64 characters; agents pack far longer ones."""
    if user is None or len(user) <= _MOST_OF_USER:
        return user
    return hashlib.sha256(user.encode()).hexdigest()


def made(*seed: object) -> str:
    """Makes an id for a call that has none, always the same for the same place."""
    return f"call_{hashlib.sha256(repr(seed).encode()).hexdigest()[:24]}"
