"""What is read of messages' answers on the wire; whatever else is there is left alone."""

from typing import Any

import msgspec


class Block(msgspec.Struct):
    """A block of content, or the delta that continues one."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    partial_json: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    stop_reason: str | None = None
    stop_sequence: str | None = None


class Answer(msgspec.Struct):
    """A whole message, as a body or inside an event."""

    id: str | None = None
    model: str | None = None
    content: list[Block] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: Any = None


class Event(msgspec.Struct):
    """One event of a stream."""

    type: str = ""
    message: Answer | None = None
    index: int = 0
    content_block: Block | None = None
    delta: Block | None = None
    usage: Any = None
    error: Any = None


answer_decoder = msgspec.json.Decoder(Answer)
event_decoder = msgspec.json.Decoder(Event)
