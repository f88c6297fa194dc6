"""Lets a caller that speaks one dialect be answered by a provider that speaks another.

`source` is the caller's dialect, `target` the provider's. Both meet in `neutral.py` and `events.py`: a dialect knows
how it is read and written, and none knows another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import msgspec

from providers.lenient import decode_object
from providers.translation.asked import Asked
from providers.translation.dialects import CALLERS, PROVIDERS, Reader, Writer
from providers.translation.events import Event, Failed, Finish, Start
from providers.translation.failures import BROKEN_OFF, GAVE_UP, read_failure
from providers.translation.notes import Notes, UnreadableAnswer, Untranslatable

__all__ = [
    "ResponseTranslator",
    "TranslatedRequest",
    "UnreadableAnswer",
    "Untranslatable",
    "can_translate",
    "response_translator",
    "translate_request",
]


@dataclass(frozen=True)
class TranslatedRequest:
    """The provider's request."""

    body: bytes
    warnings: list[str]
    """What was left out or said otherwise, a sentence each; for the caller to read in a header."""


def can_translate(source: str, target: str) -> bool:
    """Whether a caller of one dialect can be answered by a provider of another. Of the same, nothing is translated."""
    return source != target and source in CALLERS and target in PROVIDERS


def translate_request(
    source: str,
    target: str,
    body: bytes,
    *,
    model: str,
    is_stream: bool | None = None,
    knows_stream_usage: bool = True,
) -> TranslatedRequest:
    """Returns the provider's request for the caller's.

    `model` is the provider's name for it; `is_stream` says it where the path does and the body does not. A provider
    that does not know `stream_options.include_usage` is not asked for it. Raises `Untranslatable` for what cannot be
    carried.
    """
    notes = Notes()
    request = CALLERS[source].read_request(body, notes)
    if is_stream is not None:
        request.is_stream = is_stream
    request.asks_stream_usage = knows_stream_usage
    provider = PROVIDERS[target]
    if notes.has_cache_marks and not provider.takes_cache_marks:
        notes.warn("cache_control is left out: this provider keeps prompts by rules of its own")
    try:
        written = provider.write_request(request, model, notes)
    except Untranslatable as refusal:
        # What is found while writing is something in the conversation.
        raise Untranslatable(refusal.message, refusal.param or notes.name_of("messages")) from None
    return TranslatedRequest(msgspec.json.encode(written), notes.warnings)


def response_translator(
    source: str, target: str, *, request: bytes, model: str, now: Callable[[], int] | None = None
) -> "ResponseTranslator":
    """Returns what translates the answer to one request; `request` is the caller's own body."""
    return ResponseTranslator(source, target, request, model, now)


class ResponseTranslator:
    """Translates one answer: a whole one, an error, or a stream."""

    def __init__(self, source: str, target: str, request: bytes, model: str, now: Callable[[], int] | None) -> None:
        self._caller = CALLERS[source]
        self._provider = PROVIDERS[target]
        self._request = request
        self._model = model
        self._now = now
        self._has_started = False
        self._has_ended = False
        self.is_broken_off = False
        """Whether a stream stopped before its end, which the caller has been told."""

    @property
    def is_complete(self) -> bool:
        """Whether a stream has been ended for the caller, well or with an error."""
        return self._has_ended

    def whole(self, body: bytes) -> bytes:
        """Returns a whole answer in the caller's dialect; raises `UnreadableAnswer` if it is none."""
        response = self._provider.read_response(body, self._asked)
        if response.finish_reason == "error":
            raise UnreadableAnswer(GAVE_UP.message)
        return msgspec.json.encode(self._caller.write_response(response, self._asked))

    def error(self, status: int, body: bytes) -> bytes:
        """Returns an error's body in the caller's dialect; the status stays."""
        return self._caller.write_failure(read_failure(body, status))

    def feed(self, chunk: bytes) -> bytes:
        """Takes the next bytes of the provider's stream, cut anywhere, and returns what the caller gets for them."""
        return self._write(self._reader.feed(chunk))

    def close(self) -> bytes:
        """Ends the stream for the caller: as complete if it was, else with an error and without the ending."""
        written = self._write(self._reader.close())
        if self._has_ended:
            return written
        self.is_broken_off = True
        return written + self._write([BROKEN_OFF])

    def content_type(self, *, is_stream: bool) -> str:
        return "text/event-stream; charset=utf-8" if is_stream else "application/json"

    def _write(self, events: list[Event]) -> bytes:
        if not events or self._has_ended:
            return b""
        if not self._has_started:
            self._has_started = True
            if type(events[0]) is not Start and type(events[0]) is not Failed:
                # Some providers begin with the answer itself.
                events = [Start(), *events]
        last = events[-1]
        if type(last) is Finish and last.reason == "error":
            events = [*events[:-1], GAVE_UP]
        self._has_ended = type(events[-1]) is Finish or type(events[-1]) is Failed
        return self._writer.write(events)

    @cached_property
    def _asked(self) -> Asked:
        request = self._caller.read_request(self._request, Notes())
        asked = Asked(request, decode_object(self._request), self._model)
        if self._now is not None:
            asked.now = self._now
        return asked

    @cached_property
    def _reader(self) -> Reader:
        return self._provider.new_reader(self._asked)

    @cached_property
    def _writer(self) -> Writer:
        return self._caller.new_writer(self._asked)
