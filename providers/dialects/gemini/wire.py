"""What is read of Gemini on the wire; leaves are `Any`, as in chat completions."""

from typing import Any

import msgspec


class Part(msgspec.Struct, rename="camel"):
    text: Any = None
    thought: Any = None
    function_call: Any = None
    executable_code: Any = None
    inline_data: Any = None


class Content(msgspec.Struct):
    parts: list[Part] | None = None


class Candidate(msgspec.Struct, rename="camel"):
    index: Any = None
    content: Content | None = None
    finish_reason: Any = None


class Answer(msgspec.Struct, rename="camel"):
    """A whole response body or one chunk of a stream: they are the same."""

    candidates: list[Candidate] | None = None
    prompt_feedback: Any = None
    usage_metadata: Any = None
    model_version: Any = None
    error: Any = None


decoder = msgspec.json.Decoder(Answer)
batch_decoder = msgspec.json.Decoder(list[Answer])
