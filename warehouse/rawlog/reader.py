"""Reads segments back: frame by frame, or whole with the place of every line. Damage is reported, the rest is given."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warehouse.rawlog.errors import SegmentDamaged
from warehouse.rawlog.frames import BrokenFrame, frame_at, next_frame
from warehouse.rawlog.segment import decompress_frame, lines_of


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a segment, or a stretch of it that cannot be read."""

    offset: int
    length: int
    ndjson: bytes
    """The lines it holds; empty if it cannot be read."""
    error: str | None = None
    """Why the stretch cannot be read; None for a good frame."""


@dataclass(frozen=True, slots=True)
class Segment:
    """All lines of a segment and where each lies; the arrays have one entry per line."""

    ndjson: bytes
    """The good lines, each with its newline."""
    frame_offset: "array[int]"
    frame_length: "array[int]"
    frame_line: "array[int]"
    damage: tuple[Frame, ...]
    """The stretches that could not be read."""


def read_segment(data: bytes) -> Iterator[Frame]:
    """Yields the frames in order, a broken stretch as a frame with an `error`; padding is left out.

    Reading goes on at the next frame that can be read: checksums keep what is only similar to a frame out.
    """
    broken: Frame | None = None
    offset = 0
    while offset < len(data):
        try:
            span = frame_at(data, offset)
            ndjson = b"" if span.is_skippable else decompress_frame(data[offset : span.end])
        except (BrokenFrame, SegmentDamaged) as error:
            broken = broken or Frame(offset, 0, b"", str(error))
            offset = next_frame(data, offset + 1)
            continue
        if broken:
            yield _until(broken, offset)
            broken = None
        if not span.is_skippable:
            yield Frame(offset, span.length, ndjson)
        offset = span.end
    if broken:
        yield _until(broken, len(data))


def load_segment(data: bytes) -> Segment:
    """Reads a whole segment at once, for whoever hands the NDJSON to polars and the places to the rows.

    Empty lines, where deleted records were, are left out and counted in the numbers of the others.
    """
    parts, damage = [], []
    offsets, lengths, numbers = array("q"), array("q"), array("q")
    for frame in read_segment(data):
        if frame.error is not None:
            damage.append(frame)
        if not frame.ndjson:
            continue
        ndjson = frame.ndjson if frame.ndjson.endswith(b"\n") else frame.ndjson + b"\n"
        present: Sequence[int] = range(ndjson.count(b"\n"))
        if ndjson.startswith(b"\n") or b"\n\n" in ndjson:
            lines = lines_of(ndjson)
            present = [number for number in present if lines[number]]
            ndjson = b"".join(lines[number] + b"\n" for number in present)
        parts.append(ndjson)
        offsets.extend(array("q", [frame.offset]) * len(present))
        lengths.extend(array("q", [frame.length]) * len(present))
        numbers.extend(array("q", present))
    return Segment(b"".join(parts), offsets, lengths, numbers, tuple(damage))


def _until(broken: Frame, end: int) -> Frame:
    return Frame(broken.offset, end - broken.offset, b"", broken.error)
