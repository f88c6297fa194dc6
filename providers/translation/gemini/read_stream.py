"""Reads a stream of Gemini's chunks: server-sent events, or the JSON array it is without `alt=sse`."""

from typing import Any

from providers.dialects.finish_reasons import normalize
from providers.dialects.gemini.usage import read_tier, read_usage
from providers.json_array import JsonArrayReader
from providers.lenient import decode, mapping
from providers.sse import SseReader
from providers.translation.asked import Asked
from providers.translation.events import Event, Finish, Start
from providers.translation.failures import failure_in_stream
from providers.translation.gemini.response import call_of, image_of, is_blocked, signature_of
from providers.translation.gemini.wire import Part, decoder
from providers.translation.ids import made
from providers.translation.part_stream import PartStream
from providers.translation.signatures import Signature


class GeminiReader:
    """Takes bytes as they come. Nothing but the end of the body says that the stream is over."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._bytes: SseReader | JsonArrayReader | None = None
        self._parts = PartStream()
        self._usage: dict[str, Any] = {}
        self._id: str | None = None
        self._finish_reason: str | None = None
        self._has_started = False
        self._has_ended = False
        self._call_count = 0

    def feed(self, chunk: bytes) -> list[Event]:
        if self._bytes is None:
            start = chunk.lstrip()[:1]
            if not start:
                return []
            self._bytes = JsonArrayReader() if start in (b"[", b"{") else SseReader()
        for data in self._bytes.feed(chunk):
            self._take(data)
        return self._parts.take()

    def close(self) -> list[Event]:
        rest = self._bytes.rest() if isinstance(self._bytes, SseReader) else None
        if rest is not None:
            self._take(rest)
        if self._finish_reason is not None and not self._has_ended:
            self._finish(self._finish_reason)
        return self._parts.take()

    def _take(self, data: bytes) -> None:
        answer = None if self._has_ended else decode(data, decoder)
        if answer is None:
            return
        if answer.error is not None:
            self._has_ended = True
            self._parts.events.append(failure_in_stream(answer.error))
            return
        if not self._has_started:
            self._has_started = True
            self._id = answer.response_id
            self._parts.events.append(Start(answer.response_id, answer.model_version))
        self._usage |= {name: value for name, value in mapping(answer.usage_metadata).items() if value is not None}
        if is_blocked(answer):
            self._finish_reason = "content_filter"
        for candidate in answer.candidates or ():
            if candidate.index != 0:
                continue
            content = candidate.content
            for part in (content.parts if content is not None else None) or ():
                self._take_part(part)
            if candidate.finish_reason:
                self._finish_reason = normalize(candidate.finish_reason)

    def _take_part(self, part: Part) -> None:
        signature = signature_of(part)
        if part.thought:
            if part.text:
                self._add("thought", part.text)
            if signature is not None:
                self._sign(signature)
            return
        if signature is not None:
            # It belongs to what comes now, and with it to the thoughts that led there.
            if not self._parts.has("thought"):
                self._parts.close_all()
            self._sign(signature)
        if part.function_call is not None:
            self._take_call(part)
        elif part.inline_data is not None:
            self._add("text", image_of(part))
        elif part.text:
            self._add("text", part.text)

    def _add(self, kind: str, words: str) -> None:
        if not self._parts.has(kind):
            self._parts.open(kind, kind)  # type: ignore[arg-type]
        self._parts.delta(kind, words)

    def _sign(self, signature: Signature) -> None:
        if not self._parts.has("thought"):
            self._parts.open("thought", "thought")
        self._parts.sign("thought", signature)
        self._parts.close("thought")

    def _take_call(self, part: Part) -> None:
        call = call_of(part, made(self._id or self._asked.seed, self._call_count))
        self._call_count += 1
        self._parts.open(call.id, "tool_call", call.id, call.name)
        self._parts.delta(call.id, call.arguments)
        self._parts.close(call.id)

    def _finish(self, reason: str) -> None:
        self._has_ended = True
        self._parts.close_all()
        if reason == "stop" and self._call_count:
            reason = "tool_calls"
        self._parts.events.append(Finish(reason, read_usage(self._usage), service_tier=read_tier(self._usage)))
