"""Cuts a JSON array that comes in pieces into its objects, whatever the chunks.

Google streams so where the caller does not ask for server-sent events. Bounded like `providers.sse`: an object over
the limit ends the parsing, not the stream.
"""

import re

from providers.sse import MAX_EVENT_BYTES

# An escape is one unit, so that neither a quote nor a backslash in it is taken for more than it is.
_STRUCTURE = re.compile(rb'\\.|["{}\]]', re.DOTALL)


class JsonArrayReader:
    """Takes bytes as they come and gives back the objects that are complete; what stands between them is dropped."""

    __slots__ = ("_depth", "_held", "_held_bytes", "_in_text", "_limit", "_rest", "exhausted", "is_closed")

    def __init__(self, limit: int = MAX_EVENT_BYTES) -> None:
        self._limit = limit
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._rest = b""
        self._depth = 0
        self._in_text = False
        self.exhausted = False
        """Whether an object was larger than the limit, so that nothing more is parsed."""
        self.is_closed = False
        """Whether the array's closing bracket has come."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Returns the objects that this chunk completes."""
        if self.exhausted:
            return []
        chunk = self._without_half_an_escape(self._rest + chunk)
        objects: list[bytes] = []
        start = 0
        for found in _STRUCTURE.finditer(chunk):
            mark = found[0]
            if mark == b'"':
                self._in_text = not self._in_text
            elif self._in_text or len(mark) > 1:
                continue
            elif mark == b"{":
                if self._depth == 0:
                    start = found.start()
                self._depth += 1
            elif mark == b"]":
                self.is_closed = self.is_closed or self._depth == 0
            elif self._depth > 0:
                self._depth -= 1
                if self._depth == 0:
                    objects.append(b"".join([*self._held, chunk[start : found.end()]]))
                    self._held.clear()
                    self._held_bytes = 0
        if self._depth > 0:
            self._hold(chunk[start:])
        return objects

    def _without_half_an_escape(self, chunk: bytes) -> bytes:
        backslashes = len(chunk) - len(chunk.rstrip(b"\\"))
        cut = len(chunk) - backslashes % 2
        self._rest = chunk[cut:]
        return chunk[:cut]

    def _hold(self, piece: bytes) -> None:
        self._held.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes > self._limit:
            self._held.clear()
            self.exhausted = True
