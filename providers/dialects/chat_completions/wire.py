"""What is read of chat completions on the wire; everything else is skipped without being built.

Leaves are `Any` on purpose: a value of an odd type must cost that value, not the whole body.
"""

from typing import Any

import msgspec


class Message(msgspec.Struct):
    """A choice's message, or the delta of a chunk."""

    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    refusal: Any = None
    tool_calls: Any = None
    function_call: Any = None
    audio: Any = None


class Choice(msgspec.Struct):
    index: Any = None
    message: Message | None = None
    delta: Message | None = None
    finish_reason: Any = None
    usage: Any = None


class Answer(msgspec.Struct):
    """A whole response body or one chunk of a stream: they differ only inside their choices."""

    model: Any = None
    service_tier: Any = None
    choices: list[Choice] | None = None
    usage: Any = None
    error: Any = None
    x_groq: Any = None


decoder = msgspec.json.Decoder(Answer)
batch_decoder = msgspec.json.Decoder(list[Answer])
