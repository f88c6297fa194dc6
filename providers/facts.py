"""What a dialect reads from the bytes of a request, a response or a stream, in one shape for all dialects.

These structs hold facts, not the bytes: whoever wants the body keeps it.
"""

from decimal import Decimal
from typing import Any, Literal, Protocol

import msgspec

from providers.usage import Usage

DialectName = Literal[
    "chat_completions",
    "responses",
    "messages",
    "gemini",
    "converse",
    "invoke",
    "cohere",
    "completions",
    "embeddings",
    "images",
    "speech",
    "transcriptions",
    "moderations",
    "rerank",
]

PREVIEW_CHARS = 2000
"""Previews are for reading in a table; the whole text is in the body."""


class RequestFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a request says about itself. A body that cannot be parsed gives no facts, never an error."""

    model: str | None = None
    is_stream: bool = False
    user_id: str | None = None
    """The end user, where the dialect has a field for one."""
    session_id: str | None = None
    """What groups the calls of one conversation, where the dialect has such a field."""
    metadata: dict[str, str] = {}
    """The caller's own labels, as the dialect's `metadata` carries them; strings only."""
    service_tier: str | None = None
    """The price tier asked for; what the response says wins over it."""
    preview: str | None = None
    """The start of the last user message as plain text."""
    wants_usage_injection: bool = False
    """Whether it asks for a stream that reports no usage unless `include_usage` is injected."""


class ResponseFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a response says about itself, streamed or not."""

    response_model: str | None = None
    finish_reason: str | None = None
    """Normalized, see `providers/dialects/finish_reasons.py`."""
    usage: Usage | None = None
    tool_names: list[str] = []
    preview: str | None = None
    text_chars: int = 0
    """Length of the whole text that the preview is the start of; for guessing tokens nobody reported."""
    service_tier: str | None = None
    error_type: str | None = None
    """The provider's own name for the error, such as `rate_limit_exceeded`; None when there was none."""
    error_message: str | None = None
    provider_cost_usd: Decimal | None = None


class StreamReader(Protocol):
    """Reads a streamed response as it passes. `feed` is on the hot path and never raises."""

    first_content: bool
    """Whether a first piece of the answer (text, reasoning, a tool call's arguments) has been seen."""
    terminal: bool
    """Whether the event that completes the message has been seen."""

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes of the stream, cut anywhere."""

    def facts(self) -> ResponseFacts:
        """Returns what is known so far; callable at any moment, also of a stream that broke."""


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """The model asks for a tool."""

    id: str | None = None
    name: str | None = None
    arguments: str = ""
    """As the model wrote them: JSON text, but nobody promises that it parses."""


class ToolResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool answered."""

    call_id: str | None = None
    text: str = ""
    is_error: bool = False


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A placeholder for an image: its bytes stay in the body."""

    media_type: str | None = None
    url: str | None = None
    """Where the image lies; None when it was inline."""


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a conversation, in the neutral shape the dashboard draws."""

    role: str
    """system, user, assistant or tool; any other word the dialect used is kept."""
    text: str = ""
    reasoning: str | None = None
    tool_calls: list[ToolCall] = []
    tool_results: list[ToolResult] = []
    images: list[Image] = []


JsonObject = dict[str, Any]
