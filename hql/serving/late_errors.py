"""The error that the engine writes behind rows which are already sent."""

import io
import re
from http.client import HTTPResponse, IncompleteRead

_KEPT_BYTES = 16 << 10
_ERROR = re.compile(rb"Code: (\d+)\. (DB::Exception: .*)", re.DOTALL)


class EndOfAnswer(io.RawIOBase):
    """Reads an answer and remembers how it ended."""

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response
        self._end = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._response.read(size)
        except IncompleteRead as error:
            self._end = (self._end + error.partial)[-_KEPT_BYTES:]
            raise
        self._end = (self._end + data[-_KEPT_BYTES:])[-_KEPT_BYTES:]
        return data

    def error(self) -> tuple[int, str] | None:
        """Returns code and message of an error that ended the answer; None if there was none."""
        found = _ERROR.search(self._end)
        return None if found is None else (int(found[1]), found[2].decode("utf-8", "replace"))
