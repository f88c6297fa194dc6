"""What is read of the responses API on the wire; leaves are `Any`, as in chat completions."""

from typing import Any

import msgspec


class Item(msgspec.Struct):
    """A piece of output: a message, reasoning, or a call of a tool."""

    type: Any = None
    name: Any = None
    content: Any = None
    action: Any = None


class Answer(msgspec.Struct):
    """A whole response, as a body or inside an event."""

    model: Any = None
    status: Any = None
    service_tier: Any = None
    output: list[Item] | None = None
    usage: Any = None
    error: Any = None
    incomplete_details: Any = None


class Event(msgspec.Struct):
    """One event of a stream."""

    type: Any = None
    response: Answer | None = None
    output_index: Any = None
    item: Item | None = None
    delta: Any = None
    error: Any = None
    code: Any = None
    message: Any = None


answer_decoder = msgspec.json.Decoder(Answer)
event_decoder = msgspec.json.Decoder(Event)
batch_decoder = msgspec.json.Decoder(list[Event])
