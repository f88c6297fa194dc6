"""Content encodings: which ones we can undo, and undoing them a piece at a time.

Providers are asked only for encodings we can undo, since what is recorded is the plain body. A bomb is cut short: the
plain bytes of one body are bounded, and they come in pieces of bounded size.
"""

import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import IO, Protocol, cast

import zstandard

KNOWN_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate", "zstd", "identity"})

MOST_PLAIN_BYTES = 64 << 20
"""Beyond this a body is not decoded any further; it passes to the client all the same."""

_PIECE_BYTES = 256 << 10
_BITE_BYTES = 64 << 10
"""What is decoded at once: at the end of each gzip member what is left of a bite is copied."""
_MOST_MEMBERS = 4096
_LARGEST_ZSTD_WINDOW = 8 << 20


class Undecodable(Exception):
    """The rest of a body cannot be decoded, or is larger than we care to hold."""


class Decoder(Protocol):
    """Undoes one content encoding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yields the plain bytes that this data gives; raises Undecodable."""


@lru_cache(maxsize=256)
def acceptable(accept_encoding: str) -> str:
    """Returns what of a caller's Accept-Encoding we can undo, in its own words; `identity` if nothing."""
    kept = [
        part.strip() for part in accept_encoding.split(",") if part.partition(";")[0].strip().lower() in KNOWN_ENCODINGS
    ]
    return ", ".join(kept) or "identity"


def decoder_for(content_encoding: str | None) -> Decoder | None:
    """Returns a new decoder, or None where the body is plain already. Raises Undecodable for an unknown encoding."""
    name = (content_encoding or "identity").strip().lower()
    if name in ("identity", ""):
        return None
    if name in ("gzip", "x-gzip"):
        return _Zlib(zlib.MAX_WBITS | 16)
    if name == "deflate":
        return _Deflate()
    if name == "zstd":
        return _Zstd()
    raise Undecodable(f"content encoding {name[:80]}")


class _Zlib:
    def __init__(self, window_bits: int) -> None:
        self._window_bits = window_bits
        self._inflate = zlib.decompressobj(window_bits)
        self._left = MOST_PLAIN_BYTES

        self._members_left = _MOST_MEMBERS

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _BITE_BYTES):
            yield from self._feed(data[start : start + _BITE_BYTES])

    def _feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            try:
                piece = self._inflate.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise Undecodable(str(error)) from error
            self._left -= len(piece)
            if self._left < 0:
                raise Undecodable("more plain bytes than we hold")
            if piece:
                yield piece
            data = self._inflate.unconsumed_tail
            if self._inflate.eof:
                # A gzip body may be several members in a row.
                data = self._inflate.unused_data
                self._inflate = zlib.decompressobj(self._window_bits)
                self._members_left -= 1
                if self._members_left < 0:
                    raise Undecodable("more gzip members than we read")


class _Deflate:
    """Deflate means zlib's wrapping, but some servers leave it off; the first two bytes tell."""

    def __init__(self) -> None:
        self._start = b""
        self._zlib: _Zlib | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._zlib is None:
            self._start += data
            if len(self._start) < 2:
                return
            data = self._start
            is_wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0
            self._zlib = _Zlib(zlib.MAX_WBITS if is_wrapped else -zlib.MAX_WBITS)
        yield from self._zlib.feed(data)


class _Zstd:
    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._left = MOST_PLAIN_BYTES
        decompressor = zstandard.ZstdDecompressor(max_window_size=_LARGEST_ZSTD_WINDOW)
        self._writer = decompressor.stream_writer(cast("IO[bytes]", self), write_size=_PIECE_BYTES, closefd=False)

    def write(self, piece: bytes) -> int:
        """Takes what the decompressor gives."""
        self._left -= len(piece)
        if self._left < 0:
            raise Undecodable("more plain bytes than we hold")
        self._pieces.append(bytes(piece))
        return len(piece)

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            self._writer.write(data)
        except zstandard.ZstdError as error:
            raise Undecodable(str(error)) from error
        pieces, self._pieces = self._pieces, []
        yield from pieces
