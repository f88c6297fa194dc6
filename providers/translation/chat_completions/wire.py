"""What is read of chat completions' answers on the wire; whatever else is there is left alone."""

from typing import Any

import msgspec


class Function(msgspec.Struct, gc=False):
    """The call itself, or a piece of it. A custom tool's arguments are its `input`."""

    name: str | None = None
    arguments: Any = None
    input: str | None = None


class ToolCall(msgspec.Struct):
    """A call of a tool, or a piece of one."""

    index: int | None = None
    id: str | None = None
    function: Function | None = None
    custom: Function | None = None


class Message(msgspec.Struct):
    """A message, or the delta that continues one."""

    content: Any = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: Any = None
    tool_calls: list[ToolCall] | None = None


class Choice(msgspec.Struct):
    """An answer, or a piece of one."""

    index: int = 0
    message: Message | None = None
    delta: Message | None = None
    finish_reason: str | None = None
    usage: Any = None


class Answer(msgspec.Struct):
    """A whole chat completion, or a chunk."""

    id: str | None = None
    model: str | None = None
    created: float | None = None
    choices: list[Choice] | None = None
    usage: Any = None
    service_tier: str | None = None
    error: Any = None
    x_groq: Any = None


decoder = msgspec.json.Decoder(Answer)
