"""A conversation with a model in the one shape that every dialect is read into and written from.

Names follow OpenTelemetry's GenAI conventions where they have one. What a dialect leaves unsaid is None.
"""

from typing import Literal

import msgspec

from providers.facts import JsonObject
from providers.translation.signatures import Signature
from providers.usage import Usage


class Text(msgspec.Struct):
    """Words, of whoever's message it is."""

    text: str
    cache: str | None = None
    """How long the provider is to keep the prompt up to here, `5m` or `1h`; None if the caller marks nothing."""


class Refusal(msgspec.Struct):
    """What the model said instead of an answer."""

    text: str


class Image(msgspec.Struct):
    """An image: its base64, where it lies, or its id in the provider's own store."""

    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None
    detail: str | None = None
    """How closely to look, where the dialect has a word for it."""
    cache: str | None = None


class File(msgspec.Struct):
    """A document: its base64, its plain text, where it lies, or its id in the provider's own store."""

    media_type: str | None = None
    data: str | None = None
    text: str | None = None
    url: str | None = None
    file_id: str | None = None
    name: str | None = None
    cache: str | None = None


class Audio(msgspec.Struct):
    """A sound as base64."""

    data: str
    format: str
    """wav or mp3."""


class ToolCall(msgspec.Struct):
    """The model asks for a tool."""

    id: str
    name: str
    arguments: str
    """JSON text as the model wrote it; free text for a custom tool."""
    is_custom: bool = False
    cache: str | None = None


class ToolResult(msgspec.Struct):
    """What a tool answered."""

    call_id: str
    content: list[Text | Image | File]
    is_error: bool = False
    cache: str | None = None


class Thought(msgspec.Struct):
    """Reasoning the model showed, or a sealed form of it that only its provider can read."""

    text: str = ""
    signature: Signature | None = None

    @property
    def is_redacted(self) -> bool:
        """Whether all of the reasoning is in the signature."""
        return self.signature is not None and self.signature.is_redacted


Part = Text | Refusal | Image | File | Audio | ToolCall | ToolResult | Thought
Role = Literal["system", "user", "assistant"]


class Message(msgspec.Struct):
    """One turn. Results of tools are parts of the user's turn."""

    role: Role
    parts: list[Part]


class Tool(msgspec.Struct):
    """A function the model may ask for."""

    name: str
    description: str | None = None
    schema: JsonObject | None = None
    is_strict: bool | None = None
    is_custom: bool = False
    """Whether its input is free text and not JSON."""
    namespace: str | None = None
    """The group it belongs to in its caller's dialect; the name here is then `<namespace>__<name>`."""
    grammar: JsonObject | None = None
    """What a custom tool's input must look like: `syntax` and `definition`, as OpenAI has them."""
    cache: str | None = None


class ToolChoice(msgspec.Struct):
    """Whether the model may, must or must not call a tool."""

    mode: Literal["auto", "none", "required"]
    names: list[str] = []
    """The only tools it may choose from; empty if any."""


class Format(msgspec.Struct):
    """The answer is to be JSON; without a schema, any JSON object."""

    schema: JsonObject | None = None
    name: str | None = None
    description: str | None = None
    is_strict: bool | None = None


class Thinking(msgspec.Struct):
    """How much the model is to reason before it answers."""

    is_on: bool | None = None
    """False if the caller turned it off, True if it asked for it without saying how much."""
    effort: str | None = None
    """none, minimal, low, medium, high, xhigh or max."""
    budget_tokens: int | None = None
    is_shown: bool | None = None
    """Whether the caller wants to read it."""


class Request(msgspec.Struct, kw_only=True):
    """What the caller asks for."""

    system: list[Text] = []
    messages: list[Message] = []
    tools: list[Tool] = []
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    stop: list[str] = []
    format: Format | None = None
    thinking: Thinking | None = None
    verbosity: str | None = None
    user: str | None = None
    metadata: dict[str, str] = {}
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    is_stream: bool = False
    wants_usage: bool = True
    """Whether a stream is to end with usage; False where the caller had to ask for it and did not."""
    asks_stream_usage: bool = True
    """Whether the provider is to be asked for it, where it has to be."""


class Response(msgspec.Struct, kw_only=True):
    """What the model answered."""

    id: str | None = None
    model: str | None = None
    created_at: int | None = None
    """Seconds since 1970."""
    parts: list[Part] = []
    finish_reason: str | None = None
    """Normalized, see `providers/dialects/finish_reasons.py`."""
    stop_sequence: str | None = None
    """The stop sequence it met, where the dialect says."""
    usage: Usage | None = None
    service_tier: str | None = None
