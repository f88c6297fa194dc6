"""What makes two calls the same question: organization, epoch, body, place at the provider, seed.

The body counts as JSON: neither the order of keys nor white space makes a difference.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import msgspec

from gateway.cache.policy import CachePolicy

_encoder = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Where answers to one question are kept: `<organization>/<epoch>/<hash>/<slot>`."""

    organization_id: UUID
    epoch: int
    """Grows when the organization's cache is purged."""
    hash: str

    @property
    def name(self) -> str:
        """The part within the organization, as the record has it."""
        return f"{self.epoch}/{self.hash}"

    @property
    def prefix(self) -> str:
        return f"{self.organization_id}/{self.name}/"


def key_of(organization_id: UUID, epoch: int, place: str, body: bytes, policy: CachePolicy) -> CacheKey | None:
    """Returns the key, or None where the body is no JSON object, so that nobody can tell what the same would be.

    `place` is provider, host, path and query: two providers never share an answer.
    """
    canonical = _canonical(body, policy.ignored_keys)
    if canonical is None:
        return None
    parts = (str(organization_id), str(epoch), place, policy.seed)
    digest = hashlib.sha256(msgspec.json.encode(parts))
    digest.update(canonical)
    return CacheKey(organization_id, epoch, digest.hexdigest())


def _canonical(body: bytes, ignored_keys: frozenset[str]) -> bytes | None:
    try:
        content = msgspec.json.decode(body)
        if not isinstance(content, dict):
            return None
        for key in ignored_keys:
            content.pop(key, None)
        return _encoder.encode(content)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
