"""What is read of Converse's answers on the wire; whatever else is there is left alone."""

from typing import Any

import msgspec


class ReasoningText(msgspec.Struct):
    text: str = ""
    signature: str | None = None


class Reasoning(msgspec.Struct, rename="camel"):
    """A block of reasoning, or in a stream a piece of one."""

    reasoning_text: ReasoningText | None = None
    redacted_content: str | None = None
    text: str | None = None
    signature: str | None = None


class ToolUse(msgspec.Struct, rename="camel"):
    """A call, its start, or a piece of its input."""

    tool_use_id: str | None = None
    name: str | None = None
    input: Any = None


class Block(msgspec.Struct, rename="camel"):
    """A block of content, or the delta that continues one."""

    text: str | None = None
    tool_use: ToolUse | None = None
    reasoning_content: Reasoning | None = None


class Message(msgspec.Struct):
    content: list[Block] | None = None


class Output(msgspec.Struct):
    message: Message | None = None


class Answer(msgspec.Struct, rename="camel"):
    """A whole body."""

    output: Output | None = None
    stop_reason: str | None = None
    usage: Any = None
    service_tier: Any = None


class Event(msgspec.Struct, rename="camel"):
    """The payload of one event; which, is in the frame's header."""

    content_block_index: int = 0
    start: Block | None = None
    delta: Block | None = None
    stop_reason: str | None = None
    usage: Any = None
    service_tier: Any = None


answer_decoder = msgspec.json.Decoder(Answer)
event_decoder = msgspec.json.Decoder(Event)
