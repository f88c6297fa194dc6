"""Writes a stream of Gemini's chunks as server-sent events, which is what `alt=sse` asks for."""

import msgspec

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.asked import Asked
from providers.translation.events import Delta, Event, Failed, Finish, Open, Signed, Start
from providers.translation.failures import google_body
from providers.translation.gemini.response import finish_reason, shows_thoughts, write_part, write_usage

_encode = msgspec.json.encode


class GeminiWriter:
    """Turns neutral events into server-sent events. Calls are told whole: there are no pieces of arguments here."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._tail = b""
        self._open: Open | None = None
        self._arguments: list[str] = []

    def write(self, events: list[Event]) -> bytes:
        """Returns the bytes for these events; it may be none."""
        return b"".join([self._written(event) for event in events])

    def _written(self, event: Event) -> bytes:
        if isinstance(event, Delta):
            return self._delta(event)
        if isinstance(event, Open):
            self._open = event
            self._arguments.clear()
            return b""
        if isinstance(event, Signed):
            return self._part(neutral.Thought("", event.signature))
        if isinstance(event, Start):
            tail = {"modelVersion": event.model or self._asked.model, "responseId": event.id or self._asked.seed}
            self._tail = b"," + _encode(tail)[1:] + b"\n\n"
            return b""
        if isinstance(event, Finish):
            return self._finished(event)
        if isinstance(event, Failed):
            return b"data: " + google_body(event) + b"\n\n"
        return self._closed()

    def _delta(self, event: Delta) -> bytes:
        kind = self._open.kind if self._open is not None else "text"
        if kind == "tool_call":
            self._arguments.append(event.text)
            return b""
        if kind == "thought":
            return self._part(neutral.Thought(event.text)) if shows_thoughts(self._asked) else b""
        return self._chunk(b'{"text":' + _encode(event.text) + b"}")

    def _closed(self) -> bytes:
        if self._open is None or self._open.kind != "tool_call":
            return b""
        return self._part(neutral.ToolCall(self._open.call_id, self._open.name, "".join(self._arguments)))

    def _finished(self, event: Finish) -> bytes:
        candidate: JsonObject = {
            "content": {"parts": [{"text": ""}], "role": "model"},
            "finishReason": finish_reason(event.reason),
            "index": 0,
        }
        chunk: JsonObject = {"candidates": [candidate]}
        if event.usage is not None:
            chunk["usageMetadata"] = write_usage(event.usage)
        return b"data: " + _encode(chunk)[:-1] + self._tail

    def _part(self, part: neutral.Part) -> bytes:
        written = write_part(part, self._asked)
        return self._chunk(_encode(written)) if written is not None else b""

    def _chunk(self, part: bytes) -> bytes:
        return b"".join(
            (b'data: {"candidates":[{"content":{"parts":[', part, b'],"role":"model"},"index":0}]', self._tail)
        )
