"""Puts the parts of a streamed answer one after another, for dialects that mix them or do not say where one ends.

Chat completions may send the arguments of parallel calls in turns, while messages has one block at a time. A part that
comes while a call's arguments are still torn waits until they are whole.
"""

import msgspec

from providers.translation.events import Close, Delta, Event, Kind, Open, Signed
from providers.translation.signatures import Signature


class _Waiting:
    """A part that began before another had ended."""

    __slots__ = ("is_closed", "opening", "pieces", "signature")

    def __init__(self, opening: Open) -> None:
        self.opening = opening
        self.pieces: list[str] = []
        self.signature: Signature | None = None
        self.is_closed = False


class PartStream:
    """Takes parts by keys of the reader's choice and appends events to `events`."""

    __slots__ = ("_arguments", "_current", "_index", "_must_parse", "_waiting", "events")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._index = -1
        self._current: object = None
        self._must_parse = False
        self._arguments: list[str] = []
        self._waiting: dict[object, _Waiting] = {}

    def has(self, key: object) -> bool:
        """Whether the part has been opened and not closed."""
        return key == self._current or key in self._waiting

    def open(self, key: object, kind: Kind, call_id: str = "", name: str = "", *, is_custom: bool = False) -> None:
        opening = Open(0, kind, call_id, name, is_custom)
        if self._current is not None:
            if self._waiting or not self._is_whole():
                self._waiting[key] = _Waiting(opening)
                return
            self.close(self._current)
        self._begin(key, opening)

    def delta(self, key: object, text: str) -> None:
        if key == self._current:
            self.events.append(Delta(self._index, text))
            if self._must_parse:
                self._arguments.append(text)
        elif (waiting := self._waiting.get(key)) is not None:
            waiting.pieces.append(text)
            if self._is_whole():
                self.close(self._current)

    def sign(self, key: object, signature: Signature) -> None:
        if key == self._current:
            self.events.append(Signed(self._index, signature))
        elif (waiting := self._waiting.get(key)) is not None:
            waiting.signature = signature

    def close(self, key: object) -> None:
        if key == self._current:
            self.events.append(Close(self._index))
            self._current = None
            self._next_waiting()
        elif (waiting := self._waiting.get(key)) is not None:
            waiting.is_closed = True

    def close_all(self) -> None:
        while self._current is not None:
            self.close(self._current)

    def take(self) -> list[Event]:
        """Returns the events since the last time."""
        events, self.events = self.events, []
        return events

    def _begin(self, key: object, opening: Open) -> None:
        self._index += 1
        self._current = key
        self._must_parse = opening.kind == "tool_call" and not opening.is_custom
        self._arguments.clear()
        opening.index = self._index
        self.events.append(opening)

    def _next_waiting(self) -> None:
        if not self._waiting:
            return
        key = next(iter(self._waiting))
        part = self._waiting.pop(key)
        self._begin(key, part.opening)
        if part.pieces:
            self.delta(key, "".join(part.pieces))
        if part.signature is not None:
            self.sign(key, part.signature)
        if part.is_closed or (self._waiting and self._is_whole()):
            self.close(key)

    def _is_whole(self) -> bool:
        """Whether the current part needs nothing more: words end when others begin, arguments when they parse."""
        if not self._must_parse:
            return True
        try:
            msgspec.json.decode("".join(self._arguments), type=dict)
        except (msgspec.DecodeError, RecursionError):
            return False
        return True
