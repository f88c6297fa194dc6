"""Reads a stream of response events."""

from providers.dialects.responses.response import read_usage
from providers.lenient import decode, mapping
from providers.sse import SseReader
from providers.translation.asked import Asked
from providers.translation.events import Event, Finish, Start
from providers.translation.failures import failure_in_stream
from providers.translation.part_stream import PartStream
from providers.translation.responses import wire
from providers.translation.responses.read_response import finish_reason, seal_of

_ENDS = ("response.completed", "response.incomplete")
_WORDS = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.reasoning_summary_text.delta": "thought",
    "response.reasoning_text.delta": "thought",
}
_ARGUMENTS = ("response.function_call_arguments.delta", "response.custom_tool_call_input.delta")
_CALLS = ("function_call", "custom_tool_call")


class ResponsesReader:
    """Takes bytes as they come. A part's key is the place of its item, with its kind where an item has several."""

    def __init__(self, asked: Asked) -> None:
        self._sse = SseReader()
        self._parts = PartStream()
        self._has_calls = False
        self._has_ended = False
        self._summaries: dict[int, int] = {}

    def feed(self, chunk: bytes) -> list[Event]:
        for data in self._sse.feed(chunk):
            self._take(data)
        return self._parts.take()

    def close(self) -> list[Event]:
        rest = self._sse.rest()
        if rest is not None:
            self._take(rest)
        return self._parts.take()

    def _take(self, data: bytes) -> None:
        event = None if self._has_ended else decode(data, wire.event_decoder)
        if event is None:
            return
        kind, index = event.type, event.output_index
        if kind in _WORDS:
            self._add(index, _WORDS[kind], event.delta)
        elif kind in _ARGUMENTS:
            self._parts.delta((index, "tool_call"), event.delta or "")
        elif kind == "response.reasoning_summary_part.added":
            self._separate(index)
        elif kind == "response.output_item.added" and event.item is not None:
            self._open(index, event.item)
        elif kind == "response.output_item.done" and event.item is not None:
            self._close(index, event.item)
        elif event.response is not None:
            self._take_response(kind, event.response)
        elif kind == "error" or event.error is not None:
            self._fail(event.error or {"code": event.code, "message": event.message})

    def _add(self, index: int, kind: str, words: object) -> None:
        key = (index, kind)
        if not isinstance(words, str) or not words:
            return
        if not self._parts.has(key):
            self._parts.open(key, kind)  # type: ignore[arg-type]
        self._parts.delta(key, words)

    def _separate(self, index: int) -> None:
        """Parts of a summary are paragraphs of one thought."""
        self._summaries[index] = self._summaries.get(index, 0) + 1
        if self._summaries[index] > 1:
            self._add(index, "thought", "\n\n")

    def _open(self, index: int, item: wire.Item) -> None:
        if item.type not in _CALLS:
            return
        self._has_calls = True
        id, is_custom = item.call_id or item.id or "", item.type == "custom_tool_call"
        self._parts.open((index, "tool_call"), "tool_call", id, item.name or "", is_custom=is_custom)

    def _close(self, index: int, item: wire.Item) -> None:
        seal = seal_of(item) if item.type == "reasoning" else None
        if seal is not None:
            key = (index, "thought")
            if not self._parts.has(key):
                self._parts.open(key, "thought")
            self._parts.sign(key, seal)
        for kind in ("thought", "text", "refusal", "tool_call"):
            self._parts.close((index, kind))

    def _take_response(self, kind: str, response: wire.Answer) -> None:
        if kind == "response.created":
            created = None if response.created_at is None else int(response.created_at)
            self._parts.events.append(Start(response.id, response.model, created))
        elif kind in _ENDS:
            self._has_ended = True
            self._parts.close_all()
            reason = finish_reason(response, has_calls=self._has_calls)
            finish = Finish(reason, read_usage(response.usage), service_tier=response.service_tier)
            self._parts.events.append(finish)
        elif kind in ("response.failed", "response.cancelled"):
            self._fail(mapping(response.error) or {"message": "the provider gave up"})

    def _fail(self, error: object) -> None:
        self._has_ended = True
        self._parts.events.append(failure_in_stream(error))
