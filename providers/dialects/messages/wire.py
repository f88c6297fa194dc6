"""What is read of messages on the wire; leaves are `Any`, as in chat completions."""

from typing import Any

import msgspec


class Block(msgspec.Struct):
    """A block of content, or the delta that continues one."""

    type: Any = None
    text: Any = None
    thinking: Any = None
    partial_json: Any = None
    name: Any = None
    stop_reason: Any = None


class Answer(msgspec.Struct):
    """A whole message, as a body or inside an event."""

    model: Any = None
    content: list[Block] | None = None
    stop_reason: Any = None
    usage: Any = None
    error: Any = None


class Event(msgspec.Struct):
    """One event of a stream."""

    type: Any = None
    message: Answer | None = None
    index: Any = None
    content_block: Block | None = None
    delta: Block | None = None
    usage: Any = None
    error: Any = None


answer_decoder = msgspec.json.Decoder(Answer)
event_decoder = msgspec.json.Decoder(Event)
batch_decoder = msgspec.json.Decoder(list[Event])
