"""A provider key that is kept for callers, by the organization or by the operator, and where it belongs.

    sk-…                            just a key
    0a1b…@my-resource               a key of one Azure resource: the value of the first part of the base URL
    dapi…@workspace=w,shard=7       several parts, by name
    AKIA…:secret@eu-west-1          an AWS key pair, with the region it is used in
    ASIA…:secret:token@eu-west-1    the same for a session

Only providers whose base URL has parts read the end behind the last `@`; anywhere else it is part of the key.
"""

from dataclasses import dataclass, field

from providers.address import is_value
from providers.provider import Provider


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A key and the parts of the base URL that belong to it."""

    secret: str = field(repr=False)
    parts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, kept: str, provider: Provider) -> "KeptKey":
        secret, at, end = kept.rpartition("@")
        needed = provider.needed_parts or tuple(provider.parts)
        if not at or not needed:
            return cls(kept)
        named = dict(pair.split("=", 1) for pair in end.split(",") if "=" in pair)
        parts = named or {needed[0]: end}
        if not parts.keys() <= set(needed) or not all(map(is_value, parts.values())):
            return cls(kept)
        return cls(secret, parts)

    @property
    def aws_pair(self) -> tuple[str, str, str | None] | None:
        """The access key id, the secret and the session's token, if this is an AWS key; else None."""
        id, colon, rest = self.secret.partition(":")
        secret, _, token = rest.partition(":")
        return (id, secret, token or None) if colon and secret and id.isalnum() else None
