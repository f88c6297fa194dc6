"""A kept answer in the place of a provider's: what the recorder asks of a tap, answered from the entry."""

from gateway.asgi import Headers
from gateway.bodies.kept_body import KeptBody
from gateway.cache.entry import Entry
from providers.facts import ResponseFacts


class Replay:
    """The response of a call that is answered from the cache."""

    def __init__(self, entry: Entry, slot: int, kept_bytes: int) -> None:
        self.entry = entry
        self.slot = slot
        self.body = KeptBody(kept_bytes)
        self.body.add(entry.body)
        self.is_stream = entry.is_stream
        self.first_content_at: float | None = None
        """None: nothing was generated, so there is no first token to wait for."""
        self.is_message_complete = True

    def facts(self) -> ResponseFacts:
        return self.entry.facts

    def headers(self) -> Headers:
        """The provider's headers as they were kept."""
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.entry.headers]

    def marks(self) -> Headers:
        """What tells the client that the answer came from the cache."""
        told = (
            (b"cache", b"HIT"),
            (b"cache-bucket-idx", b"%d" % self.slot),
            (b"cache-latency", b"%d" % round(self.entry.origin.latency_ms)),
        )
        return [(prefix + name, value) for name, value in told for prefix in (b"weir-", b"helicone-")]
