"""Reads along as a response passes to the client: keeps its beginning and lets the dialect read what it says.

It sees copies and holds nothing back; what it cannot read passes all the same.
"""

import logging
import time

from gateway.bodies.encodings import Decoder, Undecodable, decoder_for
from gateway.bodies.kept_body import KeptBody
from providers.cut_object import END_BYTES, from_both_ends
from providers.dialects.definition import SSE, Dialect
from providers.facts import ResponseFacts, StreamReader

_logger = logging.getLogger(__name__)

_NO_FACTS = ResponseFacts()


class Tap:
    """One response."""

    __slots__ = ("_decoder", "_dialect", "_end", "_is_readable", "_reader", "body", "first_content_at", "is_stream")

    def __init__(self, dialect: Dialect | None, content_type: str, content_encoding: str | None, limit: int) -> None:
        self.body = KeptBody(limit)
        self.is_stream = content_type.startswith(dialect.stream_types if dialect is not None else SSE)
        self.first_content_at: float | None = None
        """When the first content of a streamed answer came, by `time.perf_counter`."""
        self._dialect = dialect
        self._reader: StreamReader | None = dialect.new_stream() if dialect and self.is_stream else None
        self._decoder: Decoder | None = None
        self._is_readable = True
        self._end = b""
        """The end of a whole answer larger than what is kept: most report there what was used."""
        if content_encoding is not None:
            try:
                self._decoder = decoder_for(content_encoding)
            except Undecodable:
                # Kept as it came, and read by nobody.
                self._dialect = self._reader = None

    @property
    def is_message_complete(self) -> bool:
        """Whether the dialect's last event has passed; more bytes may follow, but no client waits for them."""
        return self._reader is not None and self._reader.terminal

    @property
    def is_reading_stream(self) -> bool:
        """Whether this is a stream whose events are understood."""
        return self._reader is not None and self._is_readable

    def take(self, chunk: bytes) -> None:
        """Reads the next bytes of the response. Never raises: reading along must not fail the call."""
        if not self._is_readable:
            return
        try:
            if self._decoder is None:
                self._take_plain(chunk)
            else:
                for piece in self._decoder.feed(chunk):
                    self._take_plain(piece)
        except Undecodable as error:
            _logger.warning("a response cannot be decoded any further: %s", error)
            self._stop_reading()
        except Exception:
            _logger.exception("a response cannot be read any further")
            self._stop_reading()

    def facts(self) -> ResponseFacts:
        """Returns what the response says; of a broken one, what it said so far; nothing if it cannot be read."""
        try:
            return self._facts()
        except Exception:
            # The row must not be lost for what it would have said of the answer.
            _logger.exception("what a response says cannot be told")
            return _NO_FACTS

    def _facts(self) -> ResponseFacts:
        if self._reader is not None:
            return self._reader.facts()
        if self._dialect is None or self.is_stream or not self.body.size or not self._is_readable:
            return _NO_FACTS
        answer = self.body.content()
        if self.body.is_cut:
            before = answer[: self.body.size - len(self._end)][-END_BYTES:]
            answer = from_both_ends(answer, before + self._end)
        return self._dialect.parse_response(answer)

    def _stop_reading(self) -> None:
        self._is_readable = False
        self.body.is_cut = True

    def _take_plain(self, piece: bytes) -> None:
        self.body.add(piece)
        reader = self._reader
        if reader is not None:
            reader.feed(piece)
            if self.first_content_at is None and reader.first_content:
                self.first_content_at = time.perf_counter()
        elif self.body.is_cut:
            self._end = (self._end + piece)[-END_BYTES:]
