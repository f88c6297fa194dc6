"""Writes a stream of chat completion chunks."""

import msgspec

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.asked import Asked
from providers.translation.chat_completions.reasoning import write_detail
from providers.translation.chat_completions.response import FINISH_REASONS, write_usage
from providers.translation.events import Delta, Event, Failed, Finish, Open, Signed, Start
from providers.translation.failures import openai_body

_encode = msgspec.json.encode
_MEMBERS = {"text": b'"content":', "refusal": b'"refusal":', "thought": b'"reasoning_content":'}


class ChatWriter:
    """Turns neutral events into server-sent events."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._head = b""
        self._parts: dict[int, Open] = {}
        self._calls: dict[int, int] = {}
        self._thoughts: dict[int, list[str]] = {}
        self._custom: dict[int, list[str]] = {}

    def write(self, events: list[Event]) -> bytes:
        """Returns the bytes for these events; it may be none."""
        return b"".join([self._written(event) for event in events])

    def _written(self, event: Event) -> bytes:
        if isinstance(event, Delta):
            return self._delta(event)
        if isinstance(event, Open):
            return self._opened(event)
        if isinstance(event, Signed):
            return self._signed(event)
        if isinstance(event, Start):
            return self._started(event)
        if isinstance(event, Finish):
            return self._finished(event)
        if isinstance(event, Failed):
            return b"data: " + openai_body(event) + b"\n\n"
        return self._closed(event.index)

    def _started(self, event: Start) -> bytes:
        head = {
            "id": self._asked.new_id("chatcmpl-", event.id),
            "object": "chat.completion.chunk",
            "created": event.created_at or self._asked.now(),
            "model": event.model or self._asked.model,
        }
        self._head = b"data: " + _encode(head)[:-1] + b',"choices":['
        return self._chunk(b'{"role":"assistant","content":"","refusal":null}')

    def _opened(self, event: Open) -> bytes:
        self._parts[event.index] = event
        if event.kind == "thought":
            self._thoughts[event.index] = []
        if event.kind != "tool_call":
            return b""
        call = self._calls[event.index] = len(self._calls)
        if event.is_custom or event.name in self._asked.custom_tools:
            if not event.is_custom:
                self._custom[event.index] = []
            custom = {"name": event.name, "input": ""}
            return self._call({"index": call, "id": event.call_id, "type": "custom", "custom": custom})
        function = {"name": event.name, "arguments": ""}
        return self._call({"index": call, "id": event.call_id, "type": "function", "function": function})

    def _delta(self, event: Delta) -> bytes:
        kind = self._parts[event.index].kind
        if kind != "tool_call":
            if kind == "thought":
                self._thoughts[event.index].append(event.text)
            return self._chunk(b"{" + _MEMBERS[kind] + _encode(event.text) + b"}")
        if event.index in self._custom:
            self._custom[event.index].append(event.text)
            return b""
        member = b'"custom":{"input":' if self._parts[event.index].is_custom else b'"function":{"arguments":'
        call = b'{"tool_calls":[{"index":%d,%b' % (self._calls[event.index], member)
        return self._chunk(call + _encode(event.text) + b"}}]}")

    def _signed(self, event: Signed) -> bytes:
        words = "".join(self._thoughts.get(event.index, ()))
        detail = write_detail(neutral.Thought(words, event.signature), list(self._thoughts).index(event.index))
        return self._chunk(_encode({"reasoning_details": [detail]}))

    def _closed(self, index: int) -> bytes:
        """A custom tool's input is told at once: it came as the argument of a function."""
        pieces = self._custom.pop(index, None)
        if pieces is None:
            return b""
        part = self._parts[index]
        said = self._asked.custom_input(neutral.ToolCall(part.call_id, part.name, "".join(pieces)))
        return self._call({"index": self._calls[index], "custom": {"input": said}})

    def _finished(self, event: Finish) -> bytes:
        reason = "tool_calls" if self._calls and event.reason == "stop" else event.reason
        ending = _encode(FINISH_REASONS.get(reason or "stop", "stop"))
        written = self._chunk(b"{}", ending)
        if self._asked.request.wants_usage and event.usage is not None:
            written += self._head + b'],"usage":' + _encode(write_usage(event.usage)) + b"}\n\n"
        return written + b"data: [DONE]\n\n"

    def _call(self, call: JsonObject) -> bytes:
        return self._chunk(_encode({"tool_calls": [call]}))

    def _chunk(self, delta: bytes, finish_reason: bytes = b"null") -> bytes:
        return b"".join(
            (self._head, b'{"index":0,"delta":', delta, b',"logprobs":null,"finish_reason":', finish_reason, b"}]}\n\n")
        )
