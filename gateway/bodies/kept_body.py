"""The part of a body that is kept for its record: the beginning, up to a bound, and the true size."""

import base64
from typing import Literal

Stored = tuple[str | None, Literal["text", "base64"]]


class KeptBody:
    """Grows as a body passes; what is over the bound is counted and let go."""

    __slots__ = ("_chunks", "_room", "is_cut", "size")

    def __init__(self, limit: int) -> None:
        self._chunks: list[bytes] = []
        self._room = limit
        self.size = 0
        """Bytes of the whole body so far."""
        self.is_cut = False

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if len(chunk) > self._room:
            chunk = chunk[: self._room]
            self.is_cut = True
        if chunk:
            self._room -= len(chunk)
            self._chunks.append(chunk)

    def content(self) -> bytes:
        """Returns what is kept."""
        if len(self._chunks) > 1:
            self._chunks = [b"".join(self._chunks)]
        return self._chunks[0] if self._chunks else b""

    def stored(self) -> Stored:
        """Returns the content as a record holds it: text if it is UTF-8, else base64; None for an empty body."""
        content = self.content()
        if not content:
            return None, "text"
        try:
            return content.decode(), "text"
        except UnicodeDecodeError as error:
            # The cut may have gone through a character.
            if self.is_cut and error.reason == "unexpected end of data":
                return content[: error.start].decode(), "text"
            return base64.b64encode(content).decode(), "base64"
