"""Writes a stream of response events, each numbered; every item is announced, grown and told whole."""

import msgspec

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.asked import Asked
from providers.translation.events import Delta, Event, Failed, Finish, Open, Signed, Start
from providers.translation.responses.envelope import ending, envelope, failed
from providers.translation.responses.output import item_id, write_call, write_content, write_message, write_thought
from providers.translation.signatures import Signature

_encode = msgspec.json.encode
_DELTAS = {
    "text": ("response.output_text.delta", b'"content_index":0,', b',"logprobs":[]'),
    "refusal": ("response.refusal.delta", b'"content_index":0,', b""),
    "thought": ("response.reasoning_summary_text.delta", b'"summary_index":0,', b""),
    "tool_call": ("response.function_call_arguments.delta", b"", b""),
    "custom": ("response.custom_tool_call_input.delta", b"", b""),
}


class ResponsesWriter:
    """Turns neutral events into server-sent events."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._number = 0
        self._envelope: JsonObject = {}
        self._output: list[JsonObject] = []
        self._open: Open | None = None
        self._id = ""
        self._kind = "text"
        self._pieces: list[str] = []
        self._signature: Signature | None = None
        self._has_summary = False

    def write(self, events: list[Event]) -> bytes:
        """Returns the bytes for these events; it may be none."""
        return b"".join([self._written(event) for event in events])

    def _written(self, event: Event) -> bytes:
        if isinstance(event, Delta):
            return self._delta(event)
        if isinstance(event, Open):
            return self._opened(event)
        if isinstance(event, Signed):
            self._signature = event.signature
            return b""
        if isinstance(event, Start):
            return self._started(event)
        if isinstance(event, Finish):
            change = ending(self._output, event.reason, event.usage)
            return self._event(f"response.{change['status']}", response=self._envelope | change)
        if isinstance(event, Failed):
            return self._failed(event)
        return self._closed()

    def _started(self, event: Start) -> bytes:
        self._envelope = envelope(self._asked, id=event.id, model=event.model, created_at=event.created_at)
        created = self._event("response.created", response=self._envelope)
        return created + self._event("response.in_progress", response=self._envelope)

    def _opened(self, event: Open) -> bytes:
        self._open, self._signature, self._has_summary = event, None, False
        self._pieces.clear()
        is_custom = event.is_custom or event.name in self._asked.custom_tools
        self._kind = "custom" if event.kind == "tool_call" and is_custom else event.kind
        self._id = item_id(self._kind, event.index, self._asked)
        item = self._item("", "in_progress")
        if event.kind in ("text", "refusal"):
            item["content"] = []
        added = self._event("response.output_item.added", output_index=event.index, item=item)
        if event.kind in ("text", "refusal"):
            added += self._in_item("response.content_part.added", content_index=0, part=write_content(self._part("")))
        return added

    def _delta(self, event: Delta) -> bytes:
        self._pieces.append(event.text)
        before = b""
        if self._kind == "thought" and not self._has_summary:
            self._has_summary = True
            part = {"type": "summary_text", "text": ""}
            before = self._in_item("response.reasoning_summary_part.added", summary_index=0, part=part)
        if self._kind == "custom" and self._open is not None and not self._open.is_custom:
            return before  # The text is inside a function's arguments, and is told when they are whole.
        name, place, after = _DELTAS[self._kind]
        return before + self._delta_event(name, place, after, event.index, event.text)

    def _delta_event(self, name: str, place: bytes, after: bytes, index: int, text: str) -> bytes:
        number, self._number = self._number, self._number + 1
        kind = name.encode()
        return (
            b'event: %b\ndata: {"type":"%b","sequence_number":%d,"item_id":"%b","output_index":%d,%b"delta":%b%b}\n\n'
            % (kind, kind, number, self._id.encode(), index, place, _encode(text), after)
        )

    def _closed(self) -> bytes:
        said = "".join(self._pieces)
        item = self._item(said, "completed")
        self._output.append(item)
        done = self._done(said, item)
        index = self._open.index if self._open is not None else 0
        return done + self._event("response.output_item.done", output_index=index, item=item)

    def _done(self, said: str, item: JsonObject) -> bytes:
        if self._kind == "thought":
            if not self._has_summary:
                return b""
            part = {"type": "summary_text", "text": said}
            done = self._in_item("response.reasoning_summary_text.done", summary_index=0, text=said)
            return done + self._in_item("response.reasoning_summary_part.done", summary_index=0, part=part)
        if self._kind == "tool_call":
            return self._in_item("response.function_call_arguments.done", arguments=said)
        if self._kind == "custom":
            return self._custom_done(item["input"])
        if self._kind == "refusal":
            done = self._in_item("response.refusal.done", content_index=0, refusal=said)
        else:
            done = self._in_item("response.output_text.done", content_index=0, text=said, logprobs=[])
        return done + self._in_item("response.content_part.done", content_index=0, part=item["content"][0])

    def _custom_done(self, said: str) -> bytes:
        before = b""
        if self._open is not None and not self._open.is_custom:
            name, place, after = _DELTAS["custom"]
            before = self._delta_event(name, place, after, self._open.index, said)
        return before + self._in_item("response.custom_tool_call_input.done", input=said)

    def _part(self, said: str) -> neutral.Part:
        return neutral.Refusal(said) if self._kind == "refusal" else neutral.Text(said)

    def _item(self, said: str, status: str) -> JsonObject:
        opened = self._open
        if opened is not None and opened.kind == "tool_call":
            call = neutral.ToolCall(opened.call_id, opened.name, said, opened.is_custom)
            return write_call(call, self._id, self._asked, status)
        if self._kind == "thought":
            return write_thought(neutral.Thought(said, self._signature), self._id)
        return write_message(self._part(said), self._id, status)

    def _failed(self, failure: Failed) -> bytes:
        error = self._event("error", code=failure.type, message=failure.message, param=None)
        if not self._envelope:
            return error
        return error + self._event("response.failed", response=self._envelope | failed(failure))

    def _in_item(self, name: str, **members: object) -> bytes:
        index = self._open.index if self._open is not None else 0
        return self._event(name, item_id=self._id, output_index=index, **members)

    def _event(self, name: str, **members: object) -> bytes:
        data = {"type": name, "sequence_number": self._number, **members}
        self._number += 1
        return b"event: %b\ndata: %b\n\n" % (name.encode(), _encode(data))
