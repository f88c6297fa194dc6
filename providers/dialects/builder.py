"""Gathers facts about one response while its parts are read; every dialect fills the same one."""

from decimal import Decimal

from providers.facts import PREVIEW_CHARS, ResponseFacts
from providers.usage import Usage

_MOST_TOOLS = 128
_MOST_NAME_CHARS = 256


class FactsBuilder:
    """Mutable until `facts()`; bounded whatever it is fed."""

    __slots__ = (
        "_preview",
        "_preview_room",
        "_tools",
        "calls_functions",
        "error_message",
        "error_type",
        "finish_reason",
        "provider_cost_usd",
        "response_model",
        "service_tier",
        "text_chars",
        "usage",
    )

    def __init__(self) -> None:
        self.response_model: str | None = None
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.service_tier: str | None = None
        self.error_type: str | None = None
        self.error_message: str | None = None
        self.provider_cost_usd: Decimal | None = None
        self.text_chars = 0
        self.calls_functions = False
        """Whether the caller is to run a tool, in dialects that do not say so when they finish."""
        self._tools: dict[object, str] = {}
        self._preview: list[str] = []
        self._preview_room = PREVIEW_CHARS

    def add_text(self, text: str) -> None:
        """Appends to the preview while there is room."""
        self.text_chars += len(text)
        if self._preview_room > 0:
            self._preview.append(text[: self._preview_room])
            self._preview_room -= len(text)

    def add_tool(self, key: object, name: object) -> None:
        """Notes a tool call; the key tells the pieces of one call from those of another."""
        if not isinstance(key, (int, tuple)):
            key = ("no place", len(self._tools))
        if isinstance(name, str) and name and key not in self._tools and len(self._tools) < _MOST_TOOLS:
            self._tools[key] = name[:_MOST_NAME_CHARS]

    def set_error(self, error: tuple[str, str | None] | None) -> None:
        if error is not None:
            self.error_type, self.error_message = error

    def facts(self) -> ResponseFacts:
        return ResponseFacts(
            response_model=self.response_model,
            finish_reason=self.finish_reason,
            usage=self.usage,
            tool_names=list(self._tools.values()),
            preview="".join(self._preview) or None,
            text_chars=self.text_chars,
            service_tier=self.service_tier,
            error_type=self.error_type,
            error_message=self.error_message,
            provider_cost_usd=self.provider_cost_usd,
        )
