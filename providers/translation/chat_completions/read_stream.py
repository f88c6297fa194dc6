"""Reads a stream of chat completion chunks."""

from providers.dialects.finish_reasons import normalize
from providers.lenient import decode, text
from providers.sse import SseReader
from providers.translation.asked import Asked
from providers.translation.chat_completions.response import seconds, usage_of, words_of
from providers.translation.chat_completions.wire import Answer, Message, ToolCall, decoder
from providers.translation.events import Event, Finish, Start
from providers.translation.failures import failure_in_stream
from providers.translation.ids import made
from providers.translation.part_stream import PartStream
from providers.usage import Usage

_DONE = b"[DONE]"


class ChatReader:
    """Takes bytes as they come; a chunk's meaning does not depend on where the bytes were cut."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._sse = SseReader()
        self._parts = PartStream()
        self._id: str | None = None
        self._has_started = False
        self._has_ended = False
        self._finish_reason: str | None = None
        self._usage: Usage | None = None
        self._tier: str | None = None

    def feed(self, chunk: bytes) -> list[Event]:
        for data in self._sse.feed(chunk):
            self._take(data)
        return self._parts.take()

    def close(self) -> list[Event]:
        """Takes what is left; a stream that told why the model stopped is complete even without `[DONE]`."""
        rest = self._sse.rest()
        if rest is not None:
            self._take(rest)
        if self._finish_reason is not None:
            self._finish()
        return self._parts.take()

    def _take(self, data: bytes) -> None:
        if self._has_ended:
            return
        if data == _DONE:
            if self._has_started:
                self._finish()
            return
        answer = decode(data, decoder)
        if answer is None:
            return
        if answer.error is not None:
            self._has_ended = True
            self._parts.events.append(failure_in_stream(answer.error))
            return
        if not self._has_started:
            self._start(answer)
        if answer.usage is not None or answer.x_groq is not None:
            self._usage = usage_of(answer) or self._usage
        self._tier = text(answer.service_tier) or self._tier
        for choice in answer.choices or ():
            if choice.index not in (0, None):
                continue
            if choice.delta is not None:
                self._take_delta(choice.delta)
            if choice.finish_reason is not None:
                self._finish_reason = normalize(choice.finish_reason) or self._finish_reason
            if choice.usage is not None:
                self._usage = usage_of(answer) or self._usage

    def _start(self, answer: Answer) -> None:
        self._has_started = True
        self._id = text(answer.id)
        self._parts.events.append(Start(self._id, text(answer.model), seconds(answer.created)))

    def _take_delta(self, delta: Message) -> None:
        said, thought = words_of(delta.content) if delta.content else ("", "")
        thought = text(delta.reasoning_content) or text(delta.reasoning) or thought
        if thought:
            self._add("thought", thought)
        if said:
            self._add("text", said)
        refusal = text(delta.refusal)
        if refusal is not None:
            self._add("refusal", refusal)
        for position, call in enumerate(delta.tool_calls or ()):
            self._take_call(call.index if isinstance(call.index, int) else position, call)

    def _add(self, kind: str, words: str) -> None:
        parts = self._parts
        if not parts.has(kind):
            parts.open(kind, kind)  # type: ignore[arg-type]
        parts.delta(kind, words)

    def _take_call(self, index: int, call: ToolCall) -> None:
        function = call.custom or call.function
        if not self._parts.has(index):
            name = (text(function.name) if function is not None else None) or ""
            id = text(call.id)
            if not name and id is None:
                return
            id = id or made(self._id or self._asked.seed, index)
            self._parts.open(index, "tool_call", id, name, is_custom=call.custom is not None)
        if function is not None:
            more = function.input if call.custom is not None else function.arguments
            if isinstance(more, str) and more:
                self._parts.delta(index, more)

    def _finish(self) -> None:
        if self._has_ended:
            return
        self._has_ended = True
        self._parts.close_all()
        self._parts.events.append(Finish(self._finish_reason or "stop", self._usage, service_tier=self._tier))
