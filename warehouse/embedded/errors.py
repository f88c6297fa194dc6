"""What can go wrong in the embedded server.

EngineError
    The engine, or the server in its place, refuses a query: a ClickHouse code and the text a client expects.
DataDirectoryTaken
    Another process serves the data directory.
"""

import re

_CODE = re.compile(r"Code: (\d+)\.")

_STATUS_BY_CODE = {
    **dict.fromkeys((516, 192, 193, 194), 403),
    **dict.fromkeys((6, 26, 27, 36, 38, 41, 42, 43, 53, 62, 69, 70, 72, 117, 130, 131, 321, 376, 456, 457), 400),
    **dict.fromkeys((16, 45, 46, 47, 50, 56, 60, 63, 73, 81, 111, 115), 404),
    48: 501,
    159: 408,
    164: 403,
    202: 503,
    497: 403,
}
"""HTTP statuses as a ClickHouse server chooses them; 500 for every other code."""


class EngineError(Exception):
    """A query was refused or failed; `text` is what the client gets to read."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @classmethod
    def from_engine(cls, error: Exception) -> "EngineError":
        """Reads code and text from what the engine raised."""
        text = str(error)
        found = _CODE.search(text)
        return cls(int(found[1]) if found else 1000, text)

    @property
    def http_status(self) -> int:
        return _STATUS_BY_CODE.get(self.code, 500)


class DataDirectoryTaken(Exception):
    """Another process serves the data directory."""


def refusal(code: int, name: str, message: str) -> EngineError:
    """Makes an error of our own in the engine's words."""
    return EngineError(code, f"Code: {code}. DB::Exception: {message} ({name})")
