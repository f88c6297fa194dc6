"""Signatures prove to a provider that reasoning is its own; only the dialect that made one can use it.

A caller keeps them and sends them back with the next turn. In a dialect that is not their own they travel in a wrapping
that names their origin, so that they find their way back to it and never reach a provider that would choke on them.
"""

import base64
import binascii

import msgspec

REDACTED = "redacted"
_MARK = b"weir1:"
_WRAPPED = base64.b64encode(_MARK).decode()


class Signature(msgspec.Struct, frozen=True):
    """A provider's opaque word, and the dialect it was said in."""

    origin: str
    value: str
    id: str = ""
    """The item it belongs to, where the dialect gives its reasoning ids; `redacted` where it is all there is of it."""

    @property
    def is_redacted(self) -> bool:
        """Whether it holds the reasoning itself and proves no words."""
        return self.id == REDACTED


def written(signature: Signature, dialect: str) -> str:
    """Returns a signature as the dialect carries it: its own as it is, another's wrapped."""
    if signature.origin == dialect:
        return signature.value
    packed = _MARK + f"{signature.origin}:{signature.id}:{signature.value}".encode()
    return base64.urlsafe_b64encode(packed).decode()


def read(value: str, dialect: str, id: str = "") -> Signature:
    """Reads a signature that came in the dialect."""
    if value.startswith(_WRAPPED):
        try:
            # Google's SDKs write either alphabet of base64.
            packed = base64.b64decode(value.replace("-", "+").replace("_", "/"), validate=True)
            origin, own_id, own = packed[len(_MARK) :].decode().split(":", 2)
        except (binascii.Error, ValueError):
            return Signature(dialect, value, id)
        return Signature(origin, own, own_id)
    return Signature(dialect, value, id)
