"""What is read of Converse on the wire; leaves are `Any`, as in chat completions."""

from typing import Any

import msgspec


class Block(msgspec.Struct, rename="camel"):
    """A block of content, or the delta that continues one."""

    text: Any = None
    tool_use: Any = None
    reasoning_content: Any = None


class Message(msgspec.Struct):
    content: list[Block] | None = None


class Output(msgspec.Struct):
    message: Message | None = None


class Answer(msgspec.Struct, rename="camel"):
    """A whole response body."""

    output: Output | None = None
    stop_reason: Any = None
    usage: Any = None
    service_tier: Any = None


class Event(msgspec.Struct, rename="camel"):
    """The payload of one event; which, is in the frame's header."""

    content_block_index: Any = None
    start: Block | None = None
    delta: Block | None = None
    stop_reason: Any = None
    usage: Any = None
    service_tier: Any = None


answer_decoder = msgspec.json.Decoder(Answer)
event_decoder = msgspec.json.Decoder(Event)
