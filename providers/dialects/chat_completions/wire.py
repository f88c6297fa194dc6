"""What is read of chat completions on the wire; everything else is skipped without being built.

Leaves are `Any` on purpose: a value of an odd type must cost that value, not the whole body. What is decoded holds no
cycle, so the collector need not look at it.
"""

from typing import Any

import msgspec


class Message(msgspec.Struct, gc=False):
    """A choice's message, or the delta of a chunk."""

    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    refusal: Any = None
    tool_calls: Any = None
    function_call: Any = None
    audio: Any = None


class Choice(msgspec.Struct, gc=False):
    index: Any = None
    message: Message | None = None
    delta: Message | None = None
    finish_reason: Any = None
    usage: Any = None


class Answer(msgspec.Struct, gc=False):
    """A whole response body or one chunk of a stream: they differ only inside their choices."""

    model: Any = None
    service_tier: Any = None
    choices: list[Choice] | None = None
    usage: Any = None
    error: Any = None
    x_groq: Any = None


decoder = msgspec.json.Decoder(Answer)
batch_decoder = msgspec.json.Decoder(list[Answer])
