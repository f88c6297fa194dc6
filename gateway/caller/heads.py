"""Remembers the heads of requests: a client sends the same headers with every call, but for the length of its body.

Reading a head, and all that is read from it, is a fifth of a call's price. A client whose headers differ from call to
call, as with a trace's id, has its head read anew each time.
"""

from collections.abc import Sequence

from gateway.caller.head import Head

_MOST = 512
_LARGEST_BYTES = 8 * 1024
"""A larger head is not remembered: whoever has no key may send heads too, and they must not fill the memory."""
_HEADER_BYTES = 200
"""What a header takes besides its characters, so that many empty ones are no way around that."""


class Heads:
    """The heads that came last."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[bytes, bytes], ...], Head] = {}

    def of(self, headers: Sequence[tuple[bytes, bytes]]) -> Head:
        """Returns the head of a request without the length of its body. Raises BadRequest as `Head` does."""
        kept = tuple([header for header in headers if header[0] != b"content-length"])
        head = self._known.get(kept)
        if head is None:
            head = Head(kept)
            if sum([len(name) + len(value) + _HEADER_BYTES for name, value in kept]) <= _LARGEST_BYTES:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[kept] = head
        return head
