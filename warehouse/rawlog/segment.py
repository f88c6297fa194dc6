"""A segment: NDJSON in a sequence of zstd frames of about 256 KB, whole lines each.

The object reads as one `.ndjson.zst` for zstdcat, polars and ClickHouse, and one exchange is one range request.
"""

import zstandard

from warehouse.object_store import NotFound, ObjectStore
from warehouse.rawlog.errors import SegmentDamaged
from warehouse.rawlog.frames import moved_to

FRAME_BYTES = 256 << 10
"""How much NDJSON goes into a frame: fewer bytes to fetch for one line against better compression."""

MOST_FRAME_BYTES = 256 << 20
"""Above this a frame's claim about its size is taken for damage, not for a reason to ask for the memory."""

_LEVEL = 3


def compress(ndjson: bytes) -> bytes:
    """Returns the segment of these lines; the last one has its newline too."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True, write_content_size=True)
    frames = []
    start = 0
    while start < len(ndjson):
        end = _end_of_frame(ndjson, start)
        frames.append(compressor.compress(memoryview(ndjson)[start:end]))
        start = end
    return b"".join(frames)


def decompress_frame(frame: bytes) -> bytes:
    """Returns what one frame holds, whatever follows it; raises SegmentDamaged."""
    try:
        size = zstandard.frame_content_size(frame)
        if size > MOST_FRAME_BYTES:
            raise SegmentDamaged(f"a frame claims to hold more than {MOST_FRAME_BYTES} bytes")
        if size < 0:
            return _decompress_of_unknown_size(frame)
        return zstandard.ZstdDecompressor().decompress(frame)
    except zstandard.ZstdError as error:
        raise SegmentDamaged(str(error)) from error


def lines_of(ndjson: bytes) -> list[bytes]:
    """Splits into lines without their newlines; unlike `splitlines` at newlines only."""
    lines = ndjson.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return lines


def read_line(store: ObjectStore, key: str, frame_offset: int, frame_length: int, frame_line: int) -> bytes:
    """Returns one record by one range request, or two if a deletion moved its frame.

    Raises SegmentDamaged, also if the segment is gone or the record was deleted, and StoreUnavailable.
    """
    try:
        frame = store.get_range(key, frame_offset, frame_length)
        if moved := moved_to(frame):
            return read_line(store, key, *moved, frame_line)
        line = lines_of(decompress_frame(frame))[frame_line]
    except NotFound as error:
        raise SegmentDamaged(f"segment {key} is gone") from error
    except IndexError as error:
        raise SegmentDamaged(f"segment {key} has no line {frame_line} in its frame at {frame_offset}") from error
    except SegmentDamaged as error:
        raise SegmentDamaged(f"segment {key}, frame at {frame_offset}: {error}") from error
    if not line:
        raise SegmentDamaged(f"the record was deleted from segment {key}")
    return line


def _end_of_frame(ndjson: bytes, start: int) -> int:
    if len(ndjson) - start <= FRAME_BYTES:
        return len(ndjson)
    last_newline = ndjson.rfind(b"\n", start, start + FRAME_BYTES)
    if last_newline < 0:  # The line alone is larger than a frame.
        last_newline = ndjson.find(b"\n", start + FRAME_BYTES)
    return last_newline + 1 if last_newline >= 0 else len(ndjson)


def _decompress_of_unknown_size(frame: bytes) -> bytes:
    """Reads a frame that a streaming compressor wrote, as other programs do."""
    content = bytearray()
    with zstandard.ZstdDecompressor().stream_reader(frame) as reader:
        while block := reader.read(1 << 20):
            content += block
            if len(content) > MOST_FRAME_BYTES:
                raise SegmentDamaged(f"a frame holds more than {MOST_FRAME_BYTES} bytes")
    return bytes(content)
