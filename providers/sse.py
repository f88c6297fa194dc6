"""Cuts a stream of server-sent events into the data of its events, whatever the chunks.

Bounded: an unfinished event is held up to a limit. An event over the limit ends the parsing, not the stream; what
was read before stays read.
"""

import re

MAX_EVENT_BYTES = 4 * 1024 * 1024
"""The size of an event at which parsing ends; the largest honest ones carry an image in base64."""

_DATA = b"data: "
_PLAIN_BORDER = b"\n\ndata: "
_BORDER = re.compile(rb"\n\n(?:event: [^\n]*\n)?data: ")


def joined_data(events: bytes) -> bytes | None:
    """Returns the data of whole events with commas between, where each event has one line of data; else None.

    It does for a batch what `SseReader` does event by event, at a fourth of the cost: data that is JSON holds no
    newline, so a newline that is left over means that something else was there.
    """
    if events.startswith(_DATA):
        # Where events have no names, which is most often, nothing needs a pattern. `replace` would search twice.
        joined = b",".join(events[len(_DATA) : -2].split(_PLAIN_BORDER))
        if b"\n" not in joined:
            return joined if b"\r" not in joined else None
    joined = _BORDER.sub(b",", b"\n\n" + events[:-2])
    return joined[1:] if joined[:1] == b"," and b"\n" not in joined and b"\r" not in joined else None


class SseReader:
    """Takes bytes as they come and gives back the data of the events that are complete.

    Comments, ids, retry times and event names are dropped: in the dialects the data names its own kind.
    """

    __slots__ = ("_after_return", "_held", "_held_bytes", "_limit", "exhausted")

    def __init__(self, limit: int = MAX_EVENT_BYTES) -> None:
        self._limit = limit
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._after_return = False
        self.exhausted = False
        """Whether an event was larger than the limit, so that nothing more is parsed."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Returns the data of the events that this chunk completes."""
        if self.exhausted:
            return []
        if self._after_return or b"\r" in chunk:
            chunk = self._with_plain_newlines(chunk)
        # Only the new bytes and the seam are searched: searching all that is held would be quadratic.
        if b"\n\n" not in chunk and not self._ends_at_seam(chunk):
            self._hold(chunk)
            return []
        if self._held:
            chunk = b"".join([*self._held, chunk])
            self._held.clear()
            self._held_bytes = 0
        *blocks, rest = chunk.split(b"\n\n")
        self._hold(rest)
        return [data for block in blocks if (data := _data_of(block))]

    @property
    def is_inside_event(self) -> bool:
        """Whether the last bytes fed belong to an event that is not complete."""
        return bool(self._held)

    def unfinished(self) -> bytes:
        """Returns the data so far of the event whose blank line has not come; empty if there is none."""
        return _data_of(b"".join(self._held)) if self._held else b""

    def rest(self) -> bytes | None:
        """Takes the unfinished event's data; some providers forget the last blank line."""
        data = self.unfinished()
        self._held.clear()
        self._held_bytes = 0
        return data or None

    def _ends_at_seam(self, chunk: bytes) -> bool:
        return bool(self._held) and self._held[-1].endswith(b"\n") and chunk.startswith(b"\n")

    def _with_plain_newlines(self, chunk: bytes) -> bytes:
        # A carriage return at the end counts as a line end at once; the newline that may follow is then dropped.
        if self._after_return and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_return = False
        if chunk:
            self._after_return = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._held.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes > self._limit:
            self._held.clear()
            self.exhausted = True


def _data_of(block: bytes) -> bytes:
    """Returns an event's data, its lines joined; empty if it has none."""
    if block.startswith(b"data: ") and b"\n" not in block:
        return block[6:]
    lines = [
        line[6:] if line.startswith(b"data: ") else line[5:] for line in block.split(b"\n") if line[:5] == b"data:"
    ]
    return lines[0] if len(lines) == 1 else b"\n".join(lines)
