"""Where zstd frames begin and end (RFC 8878), found without decompressing: python-zstandard does not tell.

Its `decompress()` reads the first frame alone, and a segment has many; a row points at one of them.
"""

from dataclasses import dataclass

MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = frozenset(bytes((low, 0x2A, 0x4D, 0x18)) for low in range(0x50, 0x60))
EMPTY = MAGIC + b"\x20\x00\x01\x00\x00"
"""A whole frame that holds nothing. It stands where a skippable frame would otherwise be the first of a file, by which
many programs tell what a file is."""
_FORWARD_MAGIC = b"\x5f\x2a\x4d\x18"
"""Another skippable frame than padding: its content is an offset and a length."""
_RLE_BLOCK = 1
_RESERVED_BLOCK = 3
_CONTENT_SIZE_BYTES = (0, 2, 4, 8)
_DICTIONARY_ID_BYTES = (0, 1, 2, 4)


PADDING_BYTES = 8
"""The least that a skippable frame takes."""
FORWARD_BYTES = len(EMPTY) + PADDING_BYTES + 12
"""The least that a place takes whose frame has moved."""


class BrokenFrame(ValueError):
    """What stands at the offset is not a whole frame; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class FrameSpan:
    """The bytes one frame takes."""

    offset: int
    length: int
    is_skippable: bool
    """Whether it is padding that decompresses to nothing."""

    @property
    def end(self) -> int:
        return self.offset + self.length


def frame_at(data: bytes, offset: int) -> FrameSpan:
    """Returns the frame that begins at the offset; raises BrokenFrame if none does or it is cut off."""
    magic = data[offset : offset + 4]
    if magic in _SKIPPABLE:
        end = offset + 8 + _number(data, offset + 4, 4)
    elif magic == MAGIC:
        end = _end_of_blocks(data, offset + 4)
    else:
        raise BrokenFrame("no frame begins here")
    if end > len(data):
        raise BrokenFrame("the frame is cut off")
    return FrameSpan(offset, end - offset, magic != MAGIC)


def next_frame(data: bytes, offset: int) -> int:
    """Returns where a frame may begin at or after the offset, or the end of the data."""
    found = data.find(MAGIC, offset)
    return len(data) if found < 0 else found


def padding(length: int) -> bytes:
    """Returns a skippable frame of that many bytes, at least 8: it fills a place without saying anything."""
    return b"\x50\x2a\x4d\x18" + (length - 8).to_bytes(4, "little") + bytes(length - 8)


def forward(length: int, offset: int, moved_length: int) -> bytes:
    """Returns what fills a place of that many bytes, at least FORWARD_BYTES, whose frame is elsewhere by now."""
    told = offset.to_bytes(8, "little") + moved_length.to_bytes(4, "little")
    size = length - len(EMPTY) - PADDING_BYTES
    return EMPTY + _FORWARD_MAGIC + size.to_bytes(4, "little") + told + bytes(size - len(told))


def moved_to(place: bytes) -> tuple[int, int] | None:
    """Returns offset and length of the frame that was here; None if it did not move."""
    if not place.startswith(EMPTY + _FORWARD_MAGIC) or len(place) < FORWARD_BYTES:
        return None
    told_at = len(EMPTY) + PADDING_BYTES
    return _number(place, told_at, 8), _number(place, told_at + 8, 4)


def _end_of_blocks(data: bytes, descriptor_at: int) -> int:
    descriptor = _number(data, descriptor_at, 1)
    is_single_segment = bool(descriptor & 0x20)
    has_checksum = bool(descriptor & 0x04)
    content_size_bytes = _CONTENT_SIZE_BYTES[descriptor >> 6] or (1 if is_single_segment else 0)
    position = (
        descriptor_at + 1 + (not is_single_segment) + _DICTIONARY_ID_BYTES[descriptor & 0x03] + content_size_bytes
    )
    is_last = False
    while not is_last:
        header = _number(data, position, 3)
        is_last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        if kind == _RESERVED_BLOCK:
            raise BrokenFrame("a block is of no known kind")
        position += 3 + (1 if kind == _RLE_BLOCK else size)
    return position + 4 * has_checksum


def _number(data: bytes, offset: int, size: int) -> int:
    number = data[offset : offset + size]
    if len(number) < size:
        raise BrokenFrame("the frame is cut off")
    return int.from_bytes(number, "little")
