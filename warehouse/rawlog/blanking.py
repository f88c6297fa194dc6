"""Takes single records out of a segment and leaves every other where its row says it is.

A deleted line becomes an empty one, so the lines behind it keep their numbers. Its frame is compressed anew and filled
up to the old length by a skippable frame, so the frames behind it keep their offsets. Should the new frame not fit into
the old place, it goes to the end of the segment, and the place tells where it went (`frames.forward`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import zstandard

from warehouse.rawlog.errors import SegmentDamaged
from warehouse.rawlog.frames import FORWARD_BYTES, PADDING_BYTES, forward, padding
from warehouse.rawlog.reader import Frame, read_segment
from warehouse.rawlog.segment import lines_of

_LEVELS = (3, 12, 19)
"""From fast to small: the first whose frame fits is taken."""


@dataclass(frozen=True, slots=True)
class Blanked:
    """A segment without the deleted records."""

    data: bytes
    line_count: int
    """Lines that were taken out; 0 if the segment is as it was."""
    kept_count: int
    """Lines that are still there."""
    has_damage: bool
    """Whether there are stretches that cannot be read, so that nobody knows what they hold."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left that a row could point to."""
        return not self.kept_count and not self.has_damage


def blank(data: bytes, is_deleted: Callable[[bytes], bool]) -> Blanked:
    """Empties the lines that are to be deleted; stretches that cannot be read stay as they are.

    Raises SegmentDamaged for a frame that neither fits nor has room for the note where it went, as no frame with a
    record in it is.
    """
    result = bytearray(data)
    blanked_count = kept_count = 0
    has_damage = False
    for frame in read_segment(data):
        has_damage |= frame.error is not None
        lines = lines_of(frame.ndjson)
        left = [b"" if line and is_deleted(line) else line for line in lines]
        kept_count += sum(1 for line in left if line)
        count = sum(1 for old, new in zip(lines, left, strict=True) if old != new)
        if count:
            blanked_count += count
            _replace(result, frame, b"".join(line + b"\n" for line in left))
    return Blanked(bytes(result) if blanked_count else data, blanked_count, kept_count, has_damage)


def _replace(segment: bytearray, frame: Frame, ndjson: bytes) -> None:
    place = slice(frame.offset, frame.offset + frame.length)
    for level in _LEVELS:
        compressed = _compress(ndjson, level)
        room = frame.length - len(compressed)
        if room == 0 or room >= PADDING_BYTES:
            segment[place] = compressed + (padding(room) if room else b"")
            return
    if frame.length < FORWARD_BYTES:
        raise SegmentDamaged(f"the frame at {frame.offset} is too small to be emptied")
    segment[place] = forward(frame.length, len(segment), len(compressed))
    segment += compressed


def _compress(ndjson: bytes, level: int) -> bytes:
    return zstandard.ZstdCompressor(level=level, write_checksum=True, write_content_size=True).compress(ndjson)
