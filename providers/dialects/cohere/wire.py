"""What is read of Cohere's chat on the wire; leaves are `Any`, as in chat completions."""

from typing import Any

import msgspec


class Message(msgspec.Struct):
    """The answer, or the piece of one in an event; there its members are single things instead of lists."""

    content: Any = None
    tool_plan: Any = None
    tool_calls: Any = None


class Answer(msgspec.Struct):
    """A whole response body."""

    message: Message | str | None = None
    """A text in an error."""
    finish_reason: Any = None
    usage: Any = None


class Delta(msgspec.Struct):
    message: Message | None = None
    finish_reason: Any = None
    usage: Any = None
    error: Any = None


class Event(msgspec.Struct):
    """One event of a stream."""

    type: Any = None
    index: Any = None
    delta: Delta | None = None
    message: Any = None


answer_decoder = msgspec.json.Decoder(Answer)
event_decoder = msgspec.json.Decoder(Event)
batch_decoder = msgspec.json.Decoder(list[Event])
