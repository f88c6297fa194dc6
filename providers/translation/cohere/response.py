"""Reads the answers of Cohere's chat: whole bodies and streams of events."""

from providers.dialects.cohere.usage import read_usage
from providers.dialects.finish_reasons import normalize
from providers.lenient import decode, text
from providers.sse import SseReader
from providers.translation import neutral
from providers.translation.asked import Asked
from providers.translation.cohere.wire import Content, Delta, Event, Piece, ToolCall, answer_decoder, event_decoder
from providers.translation.events import Event as NeutralEvent
from providers.translation.events import Finish, Start
from providers.translation.failures import failure_in_stream
from providers.translation.ids import made
from providers.translation.notes import UnreadableAnswer
from providers.translation.part_stream import PartStream


def read_response(body: bytes, asked: Asked) -> neutral.Response:
    """Reads a whole body. What Cohere calls a plan for its tools is a thought."""
    answer = decode(body, answer_decoder)
    if answer is None or answer.message is None:
        raise UnreadableAnswer("the provider's answer holds no message")
    message = answer.message
    parts: list[neutral.Part] = [neutral.Thought(message.tool_plan)] if message.tool_plan else []
    parts += [
        neutral.Thought(block.thinking) if block.thinking else neutral.Text(block.text or "")
        for block in message.content or ()
    ]
    for i, call in enumerate(message.tool_calls or ()):
        name, arguments = (call.function.name, call.function.arguments) if call.function is not None else (None, None)
        parts.append(neutral.ToolCall(call.id or made(answer.id, i), name or "", arguments or "{}"))
    return neutral.Response(
        id=answer.id, parts=parts, finish_reason=normalize(answer.finish_reason), usage=read_usage(answer.usage)
    )


class CohereReader:
    """Takes bytes as they come."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._sse = SseReader()
        self._parts = PartStream()
        self._has_ended = False

    def feed(self, chunk: bytes) -> list[NeutralEvent]:
        for data in self._sse.feed(chunk):
            self._take(data)
        return self._parts.take()

    def close(self) -> list[NeutralEvent]:
        rest = self._sse.rest()
        if rest is not None:
            self._take(rest)
        return self._parts.take()

    def _take(self, data: bytes) -> None:
        event = None if self._has_ended else decode(data, event_decoder)
        if event is None:
            return
        kind = event.type
        if kind == "message-start":
            self._parts.events.append(Start(event.id))
        elif kind == "message-end":
            self._finish(event.delta or Delta())
        elif kind == "error":
            self._fail(text(event.message))
        elif kind == "content-end":
            self._parts.close(("content", event.index))
        elif kind == "tool-call-end":
            self._parts.close(("call", event.index))
        elif event.delta is not None and event.delta.message is not None:
            self._take_piece(event, event.delta.message)

    def _take_piece(self, event: Event, piece: Piece) -> None:
        if piece.tool_plan:
            self._add("plan", "thought", piece.tool_plan)
        if isinstance(piece.content, Content):
            thinking, words = piece.content.thinking, piece.content.text
            if thinking or words:
                self._add(("content", event.index), "thought" if thinking else "text", thinking or words or "")
        if isinstance(piece.tool_calls, ToolCall):
            self._take_call(event.index, piece.tool_calls)

    def _add(self, key: object, kind: str, words: str) -> None:
        if not self._parts.has(key):
            self._parts.open(key, kind)  # type: ignore[arg-type]
        self._parts.delta(key, words)

    def _take_call(self, index: int, call: ToolCall) -> None:
        key, function = ("call", index), call.function
        if not self._parts.has(key):
            name = (function.name if function is not None else None) or ""
            self._parts.open(key, "tool_call", call.id or made(self._asked.seed, index), name)
        if function is not None and function.arguments:
            self._parts.delta(key, function.arguments)

    def _finish(self, end: Delta) -> None:
        if text(end.error) is not None:
            self._fail(text(end.error))
            return
        self._has_ended = True
        self._parts.close_all()
        self._parts.events.append(Finish(normalize(end.finish_reason), read_usage(end.usage)))

    def _fail(self, said: str | None) -> None:
        self._has_ended = True
        self._parts.events.append(failure_in_stream({"type": "error", "message": said}))
