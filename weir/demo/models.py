"""The models of the demo data: who serves them, under which full name, and how quick they are."""

from dataclasses import dataclass
from typing import Literal

Dialect = Literal["chat_completions", "responses", "messages"]


@dataclass(frozen=True)
class Model:
    """One model at one provider."""

    name: str
    """What applications ask for."""
    full_name: str
    """What the provider answers with."""
    provider: str
    host: str
    dialect: Dialect
    path: str
    first_token_ms: float
    """The usual time to the first token."""
    tokens_per_second: float
    user_agent: str


_Place = tuple[str, str, Dialect, str]
_CHAT: _Place = ("openai", "api.openai.com", "chat_completions", "/v1/chat/completions")
_RESPONSES: _Place = ("openai", "api.openai.com", "responses", "/v1/responses")
_MESSAGES: _Place = ("anthropic", "api.anthropic.com", "messages", "/v1/messages")
_DEMO: _Place = ("demo", "127.0.0.1", "chat_completions", "/v1/chat/completions")
_OPENAI_SDK, _ANTHROPIC_SDK, _LANGCHAIN = "OpenAI/Python 2.54.0", "Anthropic/Python 2.12.0", "langchain-openai/1.7.1"

GPT_4O = Model("gpt-4o", "gpt-4o-2024-08-06", *_CHAT, 520, 75, _LANGCHAIN)
GPT_4O_MINI = Model("gpt-4o-mini", "gpt-4o-mini-2024-07-18", *_CHAT, 380, 95, _OPENAI_SDK)
GPT_41_MINI = Model("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", *_CHAT, 340, 110, _OPENAI_SDK)
GPT_5_MINI = Model("gpt-5-mini", "gpt-5-mini-2025-08-07", *_RESPONSES, 2100, 85, _OPENAI_SDK)
SONNET = Model("claude-sonnet-4-5", "claude-sonnet-4-5-20250929", *_MESSAGES, 1100, 70, _ANTHROPIC_SDK)
HAIKU = Model("claude-haiku-4-5", "claude-haiku-4-5-20251001", *_MESSAGES, 420, 140, _ANTHROPIC_SDK)
OPUS = Model("claude-opus-4-5", "claude-opus-4-5-20251101", *_MESSAGES, 4200, 28, _ANTHROPIC_SDK)
"""The slow one."""
DEMO_SMALL = Model("demo-small", "demo-small", *_DEMO, 30, 400, "curl/8.9.1")

MODELS = (GPT_4O, GPT_4O_MINI, GPT_41_MINI, GPT_5_MINI, SONNET, HAIKU, OPUS, DEMO_SMALL)
