"""Reads a stream of message events."""

from providers.dialects.finish_reasons import normalize
from providers.dialects.messages.usage import read_tier, read_usage
from providers.facts import JsonObject
from providers.lenient import decode, mapping
from providers.sse import SseReader
from providers.translation import signatures
from providers.translation.asked import Asked
from providers.translation.events import Event, Finish, Start
from providers.translation.failures import failure_in_stream
from providers.translation.messages import wire
from providers.translation.messages.blocks import DIALECT
from providers.translation.messages.response import unpacks_format
from providers.translation.messages.tools import FORMAT_TOOL
from providers.translation.part_stream import PartStream


class MessagesReader:
    """Takes bytes as they come."""

    def __init__(self, asked: Asked) -> None:
        self._unpacks = unpacks_format(asked)
        self._sse = SseReader()
        self._parts = PartStream()
        self._usage: JsonObject = {}
        self._stop_reason: str | None = None
        self._stop_sequence: str | None = None
        self._has_calls = False
        self._has_ended = False

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
        kind = event.type
        if kind == "content_block_delta":
            if event.delta is not None:
                self._take_delta(event.index, event.delta)
        elif kind == "content_block_start":
            if event.content_block is not None:
                self._take_start(event.index, event.content_block)
        elif kind == "content_block_stop":
            self._parts.close(event.index)
        elif kind == "message_start":
            self._start(event.message or wire.Answer())
        elif kind == "message_delta":
            if event.delta is not None:
                self._stop_reason = event.delta.stop_reason or self._stop_reason
                self._stop_sequence = event.delta.stop_sequence or self._stop_sequence
            self._add_usage(event.usage)
        elif kind == "message_stop":
            self._finish()
        elif event.error is not None:
            self._has_ended = True
            self._parts.events.append(failure_in_stream(event.error))

    def _start(self, message: wire.Answer) -> None:
        self._add_usage(message.usage)
        start = Start(id=message.id, model=message.model, usage=read_usage(self._usage))
        self._parts.events.append(start)

    def _take_start(self, index: int, block: wire.Block) -> None:
        parts = self._parts
        if block.type == "text" or (block.type == "tool_use" and self._unpacks and block.name == FORMAT_TOOL):
            parts.open(index, "text")
        elif block.type == "tool_use":
            self._has_calls = True
            parts.open(index, "tool_call", block.id or "", block.name or "")
        elif block.type in ("thinking", "redacted_thinking"):
            parts.open(index, "thought")
        self._take_delta(index, block)
        if block.data:
            parts.sign(index, signatures.read(block.data, DIALECT, signatures.REDACTED))

    def _take_delta(self, index: int, delta: wire.Block) -> None:
        words = delta.text or delta.thinking or delta.partial_json
        if words:
            self._parts.delta(index, words)
        elif delta.signature:
            self._parts.sign(index, signatures.read(delta.signature, DIALECT))

    def _add_usage(self, usage: object) -> None:
        """Lays newer counts over older ones, as they are cumulative."""
        self._usage |= {name: value for name, value in mapping(usage).items() if value is not None}

    def _finish(self) -> None:
        self._has_ended = True
        self._parts.close_all()
        reason = normalize(self._stop_reason)
        if reason == "tool_calls" and not self._has_calls:
            reason = "stop"
        finish = Finish(reason, read_usage(self._usage), self._stop_sequence, read_tier(self._usage))
        self._parts.events.append(finish)
