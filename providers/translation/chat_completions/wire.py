"""What is read of chat completions' answers on the wire; whatever else is there is left alone.

Leaves are `Any`, for the dialect has many relatives: a value of an odd type must cost that value and not the chunk.
"""

from typing import Any

import msgspec


class Function(msgspec.Struct):
    """The call itself, or a piece of it. A custom tool's arguments are its `input`."""

    name: Any = None
    arguments: Any = None
    input: Any = None


class ToolCall(msgspec.Struct):
    """A call of a tool, or a piece of one."""

    index: Any = None
    id: Any = None
    function: Function | None = None
    custom: Function | None = None


class Message(msgspec.Struct):
    """A message, or the delta that continues one."""

    content: Any = None
    refusal: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    tool_calls: list[ToolCall] | None = None


class Choice(msgspec.Struct):
    """An answer, or a piece of one."""

    index: Any = 0
    message: Message | None = None
    delta: Message | None = None
    finish_reason: Any = None
    usage: Any = None


class Answer(msgspec.Struct):
    """A whole chat completion, or a chunk."""

    id: Any = None
    model: Any = None
    created: Any = None
    choices: list[Choice] | None = None
    usage: Any = None
    service_tier: Any = None
    error: Any = None
    x_groq: Any = None


decoder = msgspec.json.Decoder(Answer)
