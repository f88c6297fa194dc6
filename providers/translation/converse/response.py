"""Reads Converse's answers: whole bodies, and streams of Amazon's frames."""

import msgspec

from providers.dialects.converse.usage import read_tier, read_usage
from providers.dialects.finish_reasons import normalize
from providers.dialects.frame_stream import error_of
from providers.event_stream import EventStreamReader
from providers.lenient import decode
from providers.translation import neutral, signatures
from providers.translation.asked import Asked
from providers.translation.converse.blocks import ORIGIN
from providers.translation.converse.wire import Block, Event, Reasoning, answer_decoder, event_decoder
from providers.translation.events import Event as NeutralEvent
from providers.translation.events import Finish, Start
from providers.translation.failures import failure_in_stream
from providers.translation.notes import UnreadableAnswer
from providers.translation.part_stream import PartStream
from providers.usage import Usage


def read_response(body: bytes, asked: Asked) -> neutral.Response:
    """Reads a whole body."""
    answer = decode(body, answer_decoder)
    message = answer.output.message if answer is not None and answer.output is not None else None
    if answer is None or message is None:
        raise UnreadableAnswer("the provider's answer holds no message")
    return neutral.Response(
        parts=[part for block in message.content or () if (part := _part(block)) is not None],
        finish_reason=normalize(answer.stop_reason),
        usage=read_usage(answer.usage),
        service_tier=read_tier(answer.service_tier),
    )


def _part(block: Block) -> neutral.Part | None:
    if block.text is not None:
        return neutral.Text(block.text)
    call = block.tool_use
    if call is not None:
        return neutral.ToolCall(call.tool_use_id or "", call.name or "", msgspec.json.encode(call.input or {}).decode())
    thought = block.reasoning_content
    if thought is None:
        return None
    if thought.redacted_content is not None:
        return neutral.Thought(signature=_redacted(thought.redacted_content))
    said = thought.reasoning_text
    signature = signatures.read(said.signature, ORIGIN) if said is not None and said.signature else None
    return neutral.Thought(said.text if said is not None else "", signature)


def _redacted(content: str) -> signatures.Signature:
    return signatures.read(content, ORIGIN, signatures.REDACTED)


class ConverseReader:
    """Takes bytes as they come. The end is told in two events: why it stopped, then what it cost."""

    def __init__(self, asked: Asked) -> None:
        self._frames = EventStreamReader()
        self._parts = PartStream()
        self._stop_reason: str | None = None
        self._usage: Usage | None = None
        self._tier: str | None = None
        self._has_ended = False

    def feed(self, chunk: bytes) -> list[NeutralEvent]:
        for frame in self._frames.feed(chunk):
            if self._has_ended:
                break
            if frame.headers.get(":message-type", "event") != "event":
                kind, said = error_of(frame)
                self._has_ended = True
                self._parts.events.append(failure_in_stream({"type": kind, "message": said}))
            elif (event := decode(frame.payload, event_decoder)) is not None:
                self._take(frame.headers.get(":event-type", ""), event)
        return self._parts.take()

    def close(self) -> list[NeutralEvent]:
        """A stream that told why the model stopped is complete even without its costs."""
        if self._stop_reason is not None and not self._has_ended:
            self._finish()
        return self._parts.take()

    def _take(self, kind: str, event: Event) -> None:
        index = event.content_block_index
        if kind == "contentBlockDelta" and event.delta is not None:
            self._take_delta(index, event.delta)
        elif kind == "contentBlockStart" and event.start is not None and event.start.tool_use is not None:
            call = event.start.tool_use
            self._parts.open(index, "tool_call", call.tool_use_id or "", call.name or "")
        elif kind == "contentBlockStop":
            self._parts.close(index)
        elif kind == "messageStart":
            self._parts.events.append(Start())
        elif kind == "messageStop":
            self._stop_reason = normalize(event.stop_reason) or "stop"
        elif kind == "metadata":
            self._usage, self._tier = read_usage(event.usage), read_tier(event.service_tier)
            self._finish()

    def _take_delta(self, index: int, delta: Block) -> None:
        """Words begin without a start of their own."""
        if delta.text:
            if not self._parts.has(index):
                self._parts.open(index, "text")
            self._parts.delta(index, delta.text)
        elif delta.tool_use is not None and isinstance(delta.tool_use.input, str):
            self._parts.delta(index, delta.tool_use.input)
        elif delta.reasoning_content is not None:
            self._take_thought(index, delta.reasoning_content)

    def _take_thought(self, index: int, thought: Reasoning) -> None:
        if not self._parts.has(index):
            self._parts.open(index, "thought")
        if thought.text:
            self._parts.delta(index, thought.text)
        elif thought.signature:
            self._parts.sign(index, signatures.read(thought.signature, ORIGIN))
        elif thought.redacted_content:
            self._parts.sign(index, _redacted(thought.redacted_content))

    def _finish(self) -> None:
        self._has_ended = True
        self._parts.close_all()
        self._parts.events.append(Finish(self._stop_reason, self._usage, service_tier=self._tier))
