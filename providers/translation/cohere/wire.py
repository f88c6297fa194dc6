"""What is read of the answers of Cohere's chat on the wire; whatever else is there is left alone."""

from typing import Any

import msgspec


class Content(msgspec.Struct):
    """A block of content."""

    type: str = "text"
    text: str | None = None
    thinking: str | None = None


class Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct):
    """A call, or a piece of one."""

    id: str | None = None
    function: Function | None = None


class Message(msgspec.Struct):
    """A whole message."""

    content: list[Content] | None = None
    tool_plan: str | None = None
    tool_calls: list[ToolCall] | None = None


class Piece(msgspec.Struct):
    """A piece of a message, in which members are single things instead of lists."""

    content: Content | list[Content] | None = None
    tool_plan: str | None = None
    tool_calls: ToolCall | list[ToolCall] | None = None


class Answer(msgspec.Struct):
    """A whole body."""

    id: str | None = None
    message: Message | None = None
    finish_reason: str | None = None
    usage: Any = None


class Delta(msgspec.Struct):
    message: Piece | None = None
    finish_reason: str | None = None
    usage: Any = None
    error: Any = None


class Event(msgspec.Struct):
    """One event of a stream."""

    type: str = ""
    id: str | None = None
    index: int = 0
    delta: Delta | None = None
    message: Any = None


answer_decoder = msgspec.json.Decoder(Answer)
event_decoder = msgspec.json.Decoder(Event)
