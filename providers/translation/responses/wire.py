"""What is read of responses' answers on the wire; whatever else is there is left alone."""

from typing import Any

import msgspec


class Part(msgspec.Struct, gc=False):
    """A piece of an item's content."""

    type: str = ""
    text: str | None = None
    refusal: str | None = None


class Item(msgspec.Struct):
    """A piece of output: a message, reasoning, or a call of a tool."""

    type: str = ""
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    input: str | None = None
    content: list[Part] | None = None
    summary: list[Part] | None = None
    encrypted_content: str | None = None


class Answer(msgspec.Struct):
    """A whole response, as a body or inside an event."""

    id: str | None = None
    model: str | None = None
    created_at: float | None = None
    status: str | None = None
    service_tier: str | None = None
    output: list[Item] | None = None
    usage: Any = None
    error: Any = None
    incomplete_details: Any = None


class Event(msgspec.Struct):
    """One event of a stream."""

    type: str = ""
    response: Answer | None = None
    output_index: int = 0
    item: Item | None = None
    delta: Any = None
    error: Any = None
    code: Any = None
    message: Any = None


answer_decoder = msgspec.json.Decoder(Answer)
event_decoder = msgspec.json.Decoder(Event)
