"""What is read of Gemini's answers on the wire; whatever else is there is left alone."""

from typing import Any

import msgspec


class Part(msgspec.Struct, rename="camel"):
    """A piece of the answer."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: Any = None
    inline_data: Any = None


class Content(msgspec.Struct):
    parts: list[Part] | None = None


class Candidate(msgspec.Struct, rename="camel"):
    """One answer of those asked for."""

    index: int = 0
    content: Content | None = None
    finish_reason: str | None = None


class Answer(msgspec.Struct, rename="camel"):
    """A whole body or one chunk of a stream: they are the same."""

    candidates: list[Candidate] | None = None
    prompt_feedback: Any = None
    usage_metadata: Any = None
    model_version: str | None = None
    response_id: str | None = None
    error: Any = None


decoder = msgspec.json.Decoder(Answer)
