"""What the stream readers of all dialects share: bytes are parsed in batches, because work per event is dear.

Until the first content every chunk is parsed as it comes, for the content's time is measured. From then on chunks wait
until one holds a mark that an event ending the message would hold, or enough of them wait, or the facts are asked for;
then all are parsed at once.
"""

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

import msgspec

from providers.dialects.builder import FactsBuilder
from providers.facts import ResponseFacts
from providers.lenient import decode
from providers.sse import SseReader, joined_data

E = TypeVar("E")

_BATCH_BYTES = 64 * 1024
_DONE = b"[DONE]"
_SEAM_BYTES = 32
"""More than the longest mark, which may be cut in two by a chunk's end."""


class BatchedStream(ABC, Generic[E]):
    """Reads events of one dialect; the dialect says how an event is taken and what may end a message."""

    marks: tuple[bytes, bytes]
    """Bytes one of which every ending event holds; whether an event really ends the message is for `take` to see."""

    def __init__(self, decoder: msgspec.json.Decoder[E], batch_decoder: msgspec.json.Decoder[list[E]]) -> None:
        self.first_content = False
        self.terminal = False
        self.builder = FactsBuilder()
        self._decoder = decoder
        self._batch_decoder = batch_decoder
        self._sse = SseReader()
        self._chunks: list[bytes] = []
        self._waiting_bytes = 0
        self._seam = b""
        self._is_ending = False

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes of the stream, cut anywhere."""
        self._chunks.append(chunk)
        self._waiting_bytes += len(chunk)
        seen = self._seam + chunk if self._seam else chunk
        self._seam = b"" if chunk.endswith(b"\n\n") else seen[-_SEAM_BYTES:]
        one, other = self.marks
        # From behind, where the end of a whole burst is.
        if seen.rfind(one) >= 0 or seen.rfind(other) >= 0:
            self._is_ending = True
        if self._is_ending or not self.first_content or self._waiting_bytes > _BATCH_BYTES:
            self._drain()

    def facts(self) -> ResponseFacts:
        """Returns what is known so far."""
        self._drain()
        rest = self._sse.rest()
        if rest is not None:
            self._take_each([rest])
        return self.builder.facts()

    @abstractmethod
    def take(self, event: E) -> None:
        """Notes what one event says."""

    def take_all(self, events: list[E]) -> None:
        """Notes what events in a row say."""
        for event in events:
            self.take(event)

    def _drain(self) -> None:
        if not self._chunks:
            return
        waiting = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._waiting_bytes = 0
        start = 0
        if self._sse.is_inside_event:
            start = waiting.find(b"\n\n") + 2 if b"\n\n" in waiting else len(waiting)
            self._take_each(self._sse.feed(waiting[:start]))
        end = waiting.rfind(b"\n\n") + 2
        if start < end and not self._sse.is_inside_event and self._take_joined(waiting[start:end]):
            start = end
        self._take_each(self._sse.feed(waiting[start:]))
        if self._is_ending:
            self._take_end_without_blank_line()
        # The event that holds the mark may still be on its way.
        self._is_ending = self._is_ending and self._sse.is_inside_event

    def _take_end_without_blank_line(self) -> None:
        """Takes a last event as soon as its data is whole: clients that read lines act on it before the blank line."""
        data = self._sse.unfinished()
        if data == _DONE or (data.endswith(b"}") and decode(data, self._decoder) is not None):
            self._sse.rest()
            self._take_each([data])

    def _take_joined(self, events: bytes) -> bool:
        """Takes whole events by one call; returns whether they were plain enough for it."""
        joined = joined_data(events)
        if joined is None:
            return False
        done = joined.endswith(_DONE)
        if done:
            joined = joined[: -len(_DONE)].removesuffix(b",")
        try:
            taken: list[Any] = self._batch_decoder.decode(b"[" + joined + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # One bad event must not cost the others: they are taken one by one.
            return False
        self.take_all(taken)
        self.terminal = self.terminal or done
        return True

    def _take_each(self, data: list[bytes]) -> None:
        for piece in data:
            if piece == _DONE:
                self.terminal = True
            elif (event := decode(piece, self._decoder)) is not None:
                self.take(event)
