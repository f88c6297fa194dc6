"""An answer as it is kept: a line of JSON about it, then the bytes that the client was sent.

A digest covers the body, and the line names the key, so that a damaged or misplaced object is a miss.
"""

import hashlib
from uuid import UUID

import msgspec

from providers.facts import ResponseFacts

MOST_ENTRY_BYTES = 8 << 20
"""A larger answer is not kept."""
_OVERHEAD_BYTES = 2048


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who answered, and which call."""

    request_id: UUID
    provider: str
    """At the unified door it depends on the model and on who was well."""
    hostname: str
    path: str
    latency_ms: float
    """How long the answer took."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer with status 200."""

    origin: Origin
    stored_at: float
    """Unix time in seconds."""
    max_age_seconds: int
    headers: list[tuple[str, str]]
    """What the client was sent, less what belongs to one call."""
    facts: ResponseFacts
    """What the provider's answer said: a stream's usage may have been taken out of what the client was sent."""
    is_stream: bool
    body: bytes = b""
    """Not part of the line."""

    @property
    def size(self) -> int:
        """Roughly what it takes in memory."""
        return len(self.body) + _OVERHEAD_BYTES

    def is_good(self, now: float, accepts_seconds: int | None) -> bool:
        """Whether it may be served to a call that accepts this age; a clock that went back makes it new."""
        age = max(0.0, now - self.stored_at)
        return age < self.max_age_seconds and (accepts_seconds is None or age < accepts_seconds)


class _Line(msgspec.Struct, frozen=True):
    key: str
    sha256: str
    entry: Entry


_decoder = msgspec.json.Decoder(_Line)


def encode_entry(key: str, entry: Entry) -> bytes:
    """Returns the object that is stored under the key."""
    digest = hashlib.sha256(entry.body).hexdigest()
    return msgspec.json.encode(_Line(key, digest, msgspec.structs.replace(entry, body=b""))) + b"\n" + entry.body


def decode_entry(key: str, data: bytes) -> Entry:
    """Reads an object. Raises ValueError if it is damaged or another's."""
    line, _, body = data.partition(b"\n")
    read = _decoder.decode(line)
    if read.key != key or hashlib.sha256(body).hexdigest() != read.sha256:
        raise ValueError("the object is damaged, or lies under another's name")
    return msgspec.structs.replace(read.entry, body=body)
