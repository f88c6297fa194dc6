"""Amazon's event stream: binary frames with named headers, `application/vnd.amazon.eventstream`.

    total bytes (4) | header bytes (4) | CRC-32 of these (4) | headers | payload | CRC-32 of all before (4)

The framing is Amazon's, https://smithy.io/2.0/aws/amazon-eventstream.html. Reading is bounded: a frame over the limit,
or one whose checksum is wrong, ends the parsing, not the stream; where the next frame begins cannot be known then.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from providers.sse import MAX_EVENT_BYTES

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_PRELUDE = struct.Struct(">III")
_CRC_BYTES = 4
_SMALLEST = _PRELUDE.size + _CRC_BYTES
_STRING = 7
_LENGTHS = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by its type; those of bytes (6) and strings (7) have their length before them."""


@dataclass(frozen=True)
class Frame:
    """One frame."""

    headers: Mapping[str, str]
    """Those whose value is a string; others are of no use to anybody here."""
    payload: bytes


class EventStreamReader:
    """Takes bytes as they come and gives back the frames that are complete."""

    __slots__ = ("_held", "_limit", "_wanted", "exhausted")

    def __init__(self, limit: int = MAX_EVENT_BYTES) -> None:
        self._limit = limit
        self._held = bytearray()
        self._wanted = _SMALLEST
        self.exhausted = False
        """Whether a frame could not be read, so that nothing more is parsed."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """Returns the frames that this chunk completes."""
        if self.exhausted:
            return []
        self._held += chunk
        frames: list[Frame] = []
        start = 0
        while len(self._held) - start >= self._wanted:
            total, headers, crc = _PRELUDE.unpack_from(self._held, start)
            if not _SMALLEST + headers <= total <= self._limit or zlib.crc32(self._held[start : start + 8]) != crc:
                return self._give_up(frames)
            if len(self._held) - start < total:
                self._wanted = total
                break
            self._wanted = _SMALLEST
            frame = _frame(bytes(self._held[start : start + total]), headers)
            if frame is None:
                return self._give_up(frames)
            frames.append(frame)
            start += total
        del self._held[:start]
        return frames

    def _give_up(self, frames: list[Frame]) -> list[Frame]:
        self.exhausted = True
        self._held.clear()
        return frames


def write_frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Writes a frame whose headers are strings."""
    named = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    lengths = struct.pack(">II", _SMALLEST + len(named) + len(payload), len(named))
    frame = b"".join((lengths, zlib.crc32(lengths).to_bytes(4), named, payload))
    return frame + zlib.crc32(frame).to_bytes(4)


def _frame(data: bytes, header_bytes: int) -> Frame | None:
    if zlib.crc32(data[:-_CRC_BYTES]) != int.from_bytes(data[-_CRC_BYTES:]):
        return None
    payload_at = _PRELUDE.size + header_bytes
    headers = _headers(data[_PRELUDE.size : payload_at])
    return None if headers is None else Frame(headers, data[payload_at:-_CRC_BYTES])


def _headers(data: bytes) -> dict[str, str] | None:
    headers: dict[str, str] = {}
    at = 0
    while at < len(data):
        value_at = at + data[at] + 2
        if value_at > len(data):
            return None
        name, kind = data[at + 1 : value_at - 1], data[value_at - 1]
        length = _LENGTHS.get(kind)
        if length is None:
            if kind not in (6, _STRING):
                return None
            length, value_at = int.from_bytes(data[value_at : value_at + 2]), value_at + 2
        at = value_at + length
        if at > len(data):
            return None
        if kind == _STRING:
            headers[name.decode("utf-8", "replace")] = data[value_at:at].decode("utf-8", "replace")
    return headers


def _header(name: bytes, value: bytes) -> bytes:
    return struct.pack(">B", len(name)) + name + struct.pack(">BH", _STRING, len(value)) + value
