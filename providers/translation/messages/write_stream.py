"""Writes a stream of message events."""

import msgspec

from providers.facts import JsonObject
from providers.translation import neutral, signatures
from providers.translation.asked import Asked
from providers.translation.events import Delta, Event, Failed, Finish, Open, Signed, Start
from providers.translation.failures import anthropic_body
from providers.translation.messages.blocks import DIALECT
from providers.translation.messages.response import stop_reason, write_response, write_usage

_encode = msgspec.json.encode
_PING = b'event: ping\ndata: {"type":"ping"}\n\n'
_STOP = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
_DELTA = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":{%b%b}}\n\n'
_MEMBERS = {
    "text": b'"type":"text_delta","text":',
    "refusal": b'"type":"text_delta","text":',
    "thought": b'"type":"thinking_delta","thinking":',
    "tool_call": b'"type":"input_json_delta","partial_json":',
}


class MessagesWriter:
    """Turns neutral events into server-sent events."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._opened: Open | None = None
        self._is_begun = False
        """Whether the open block has been started: a redacted thought is one event, known when its data comes."""
        self._has_calls = False

    def write(self, events: list[Event]) -> bytes:
        """Returns the bytes for these events; it may be none."""
        return b"".join([self._written(event) for event in events])

    def _written(self, event: Event) -> bytes:
        if isinstance(event, Delta):
            kind = self._opened.kind if self._opened is not None else "text"
            return self._begun() + _DELTA % (event.index, _MEMBERS[kind], _encode(event.text))
        if isinstance(event, Open):
            self._opened, self._is_begun = event, False
            return b"" if event.kind == "thought" else self._begun()
        if isinstance(event, Signed):
            return self._signed(event)
        if isinstance(event, Start):
            return self._started(event)
        if isinstance(event, Finish):
            return self._finished(event)
        if isinstance(event, Failed):
            return b"event: error\ndata: " + anthropic_body(event) + b"\n\n"
        return self._begun() + _event("content_block_stop", {"type": "content_block_stop", "index": event.index})

    def _started(self, event: Start) -> bytes:
        response = neutral.Response(id=event.id, model=event.model, usage=event.usage)
        message = write_response(response, self._asked) | {"stop_reason": None}
        return _event("message_start", {"type": "message_start", "message": message}) + _PING

    def _begun(self) -> bytes:
        """Starts the open block, if it has not been."""
        if self._is_begun or self._opened is None:
            return b""
        kind = self._opened.kind
        if kind == "tool_call":
            self._has_calls = True
            block: JsonObject = {
                "type": "tool_use",
                "id": self._opened.call_id,
                "name": self._opened.name,
                "input": {},
            }
        elif kind == "thought":
            block = {"type": "thinking", "thinking": "", "signature": ""}
        else:
            block = {"type": "text", "text": ""}
        return self._begin(block)

    def _begin(self, block: JsonObject) -> bytes:
        self._is_begun = True
        index = self._opened.index if self._opened is not None else 0
        started = {"type": "content_block_start", "index": index, "content_block": block}
        return _event("content_block_start", started)

    def _signed(self, event: Signed) -> bytes:
        signature = signatures.written(event.signature, DIALECT)
        if event.signature.is_redacted and not self._is_begun:
            return self._begin({"type": "redacted_thinking", "data": signature})
        return self._begun() + _DELTA % (event.index, b'"type":"signature_delta","signature":', _encode(signature))

    def _finished(self, event: Finish) -> bytes:
        reason = stop_reason(event.reason, event.stop_sequence, has_calls=self._has_calls)
        delta = {"stop_reason": reason, "stop_sequence": event.stop_sequence}
        ending = {"type": "message_delta", "delta": delta, "usage": write_usage(event.usage)}
        return _event("message_delta", ending) + _STOP


def _event(name: str, data: JsonObject) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), _encode(data))
