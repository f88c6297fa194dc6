"""What the stream readers of all dialects share: events are decoded in batches, because a call per event is dear.

Until the first content each event is looked at as it comes, for its time is measured. From then on events wait, as
bytes, until one comes that may end the message, or enough of them wait, or the facts are asked for; then all are
decoded by one call.
"""

from typing import Any, Generic, TypeVar

import msgspec

from providers.dialects.builder import FactsBuilder
from providers.facts import ResponseFacts
from providers.lenient import decode
from providers.sse import SseReader

E = TypeVar("E")

_BATCH_EVENTS = 256
_BATCH_BYTES = 64 * 1024


class BatchedStream(Generic[E]):
    """Reads events of one dialect; the dialect says how an event is taken and what may end a message."""

    may_end: tuple[bytes, ...] = ()
    """Bytes one of which every ending event contains; whether it really ends is for `take` to see."""

    def __init__(self, decoder: msgspec.json.Decoder[E], batch_decoder: msgspec.json.Decoder[list[E]]) -> None:
        self.first_content = False
        self.terminal = False
        self.builder = FactsBuilder()
        self._decoder = decoder
        self._batch_decoder = batch_decoder
        self._sse = SseReader()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes of the stream, cut anywhere."""
        for data in self._sse.feed(chunk):
            if data == b"[DONE]":
                self.terminal = True
                continue
            self._waiting.append(data)
            self._waiting_bytes += len(data)
            if not self.first_content or self._waiting_bytes > _BATCH_BYTES or len(self._waiting) > _BATCH_EVENTS:
                self._drain()
                continue
            for mark in self.may_end:
                if mark in data:
                    self._drain()
                    break

    def facts(self) -> ResponseFacts:
        """Returns what is known so far."""
        rest = self._sse.rest()
        if rest == b"[DONE]":
            self.terminal = True
        elif rest:
            self._waiting.append(rest)
        self._drain()
        return self.builder.facts()

    def take(self, event: E) -> None:
        """Notes what one event says."""
        raise NotImplementedError

    def _drain(self) -> None:
        waiting = self._waiting
        self._waiting = []
        self._waiting_bytes = 0
        if not waiting:
            return
        try:
            events: list[Any] = self._batch_decoder.decode(b"[" + b",".join(waiting) + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # One bad event must not cost the others.
            events = [event for data in waiting if (event := decode(data, self._decoder)) is not None]
        for event in events:
            self.take(event)
