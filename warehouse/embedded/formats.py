"""What the server must know of the engine's output formats: which ones can be sent in pieces, and their media types."""

from collections.abc import Callable

_IN_PIECES = frozenset(
    {
        "native", "tabseparated", "tsv", "tabseparatedraw", "tsvraw", "csv", "jsoneachrow", "ndjson", "jsonlines",
        "jsoncompacteachrow", "jsonstringseachrow", "rowbinary", "lineasstring", "rawblob",
    }
)  # fmt: skip
"""Formats without head or foot: outputs of two blocks, one after the other, are the output of both."""

_MEDIA_TYPES = {
    "json": "application/json; charset=UTF-8",
    "jsoneachrow": "application/x-ndjson; charset=UTF-8",
    "tabseparated": "text/tab-separated-values; charset=UTF-8",
    "tsv": "text/tab-separated-values; charset=UTF-8",
    "csv": "text/csv; charset=UTF-8; header=absent",
    "csvwithnames": "text/csv; charset=UTF-8; header=present",
    "arrowstream": "application/vnd.apache.arrow.stream",
    "arrow": "application/vnd.apache.arrow.file",
    "parquet": "application/vnd.apache.parquet",
}

_ARROW_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"


def media_type(format: str) -> str:
    """The Content-Type of the format."""
    return _MEDIA_TYPES.get(format.lower(), "application/octet-stream")


def joiner(format: str) -> "Callable[[bytes], bytes] | None":
    """Returns what makes the blocks' outputs one output; None for a format that is made in one piece only."""
    if format.lower() in _IN_PIECES:
        return lambda piece: piece
    if format.lower() == "arrowstream":
        return ArrowJoiner()
    return None


class ArrowJoiner:
    """Makes one Arrow stream of many: keeps the first one's schema and drops the others', and every end but the last.

    `END` must be written after the last piece.
    """

    END = _ARROW_END

    def __init__(self) -> None:
        self._has_schema = False

    def __call__(self, piece: bytes) -> bytes:
        if not piece:
            return piece
        start = 8 + int.from_bytes(piece[4:8], "little") if self._has_schema else 0
        self._has_schema = True
        return piece[start : -len(_ARROW_END)]
