"""Who calls what: organizations, keys, users and models of the generated traffic, and how often each comes.

One organization makes a tenth of all calls, which is 1 M of 10 M; a big one makes four tenths, and the rest is a long
tail.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

import numpy as np

_NAMESPACE = UUID("6f1b0c52-8f0e-5b63-9f0a-3b1f5a4d7c11")
_TAIL = 240
_TAIL_USERS, _BIG_USERS = 400, 20_000


@dataclass(frozen=True)
class Model:
    """A model, its weight among all calls, and how it behaves."""

    provider: str
    name: str
    answering: str
    host: str
    path: str
    dialect: str
    weight: float
    first_token_ms: float
    token_ms: float
    reasons: bool = False


_OPENAI = ("api.openai.com", "/v1/chat/completions", "chat_completions")
_ANTHROPIC = ("api.anthropic.com", "/v1/messages", "messages")
_GROQ = ("api.groq.com", "/openai/v1/chat/completions", "chat_completions")

MODELS = (
    Model("openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", *_OPENAI, 0.27, 380, 11),
    Model("openai", "gpt-4o", "gpt-4o-2024-08-06", *_OPENAI, 0.15, 520, 16),
    Model("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", *_ANTHROPIC, 0.14, 900, 15),
    Model("openai", "gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", *_OPENAI, 0.10, 420, 10),
    Model("anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001", *_ANTHROPIC, 0.08, 450, 8),
    Model("openai", "gpt-5-mini", "gpt-5-mini-2025-08-07", *_OPENAI, 0.07, 2400, 12, reasons=True),
    Model("openai", "o4-mini", "o4-mini-2025-04-16", *_OPENAI, 0.05, 3800, 12, reasons=True),
    Model("groq", "llama-3.3-70b-versatile", "llama-3.3-70b-versatile", *_GROQ, 0.05, 190, 3),
    Model("deepseek", "deepseek-chat", "deepseek-chat", "api.deepseek.com", *_OPENAI[1:], 0.04, 1100, 28),
    Model("mistral", "mistral-small-latest", "mistral-small-latest", "api.mistral.ai", *_OPENAI[1:], 0.03, 300, 9),
    # Nobody knows the price of a company's own model.
    Model("openai", "acme-support-7b", "acme-support-7b", "llm.acme.example", *_OPENAI[1:], 0.02, 250, 14),
)

FAILURES = (
    # HTTP status, error_type, its share of all calls.
    (429, "rate_limited", 0.014),
    (500, "provider_error", 0.006),
    (400, "provider_error", 0.009),
    (401, "provider_error", 0.002),
    (200, "client_disconnected", 0.004),
    (None, "timeout", 0.002),
)

BY_HOUR = np.array((2, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 19, 16, 18, 20, 20, 18, 15, 11, 9, 8, 6, 5, 3), dtype=float)
BY_WEEKDAY = (1.0, 1.08, 1.1, 1.05, 0.9, 0.38, 0.32)

USER_AGENTS = ("OpenAI/Python 2.54.0", "Anthropic/Python 2.12.0", "OpenAI/JS 6.8.1", "python-httpx/0.28.1", "LangChain")
COUNTRIES = ("US", "DE", "GB", "FR", "IN", "BR", "PT", "JP", "CA", "ES", "IT", "NL", "PL", "SE", "AU")
FEATURES = ("chat", "search", "summaries", "triage", "autocomplete", "extraction", "translation", "agents")
ENVIRONMENTS = ("production", "production", "production", "staging", "development")
TOOLS = ("search_web", "read_file", "get_order", "create_ticket", "run_sql", "send_mail")


@dataclass(frozen=True)
class Organizations:
    """The organizations by place: 0 is the one that dashboards are measured with, 1 the big one, then the tail."""

    ids: tuple[UUID, ...]
    weights: np.ndarray
    user_counts: np.ndarray


def organizations() -> Organizations:
    tail = 1 / (np.arange(_TAIL) + 3.0)
    weights = np.concatenate([[0.1, 0.4], tail / tail.sum() * 0.5])
    counts = np.concatenate([[5000, _BIG_USERS], np.maximum(20, _TAIL_USERS * tail / tail[0]).astype(int)])
    return Organizations(tuple(uuid5(_NAMESPACE, f"organization {n}") for n in range(_TAIL + 2)), weights, counts)


def api_key_id(organization: int, number: int) -> UUID:
    """Returns the id of one of the organization's four keys."""
    return uuid5(_NAMESPACE, f"key {organization} {number}")


MEASURED = organizations().ids[0]
"""The organization with a tenth of the calls."""
