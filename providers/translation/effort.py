"""How hard to think, as a word or as a number of tokens; the dialects have one or the other.

The numbers are those Google gives for its own translation of OpenAI's words
(ai.google.dev/gemini-api/docs/openai#thinking), continued upwards.
"""

from providers.translation import neutral
from providers.translation.notes import Notes

BUDGETS = {"minimal": 1024, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 32768, "max": 32768}
"""Tokens of reasoning per word."""


def effort_of(budget_tokens: int) -> str:
    """Returns the word nearest to a budget."""
    if budget_tokens <= 0:
        return "none"
    if budget_tokens <= 2048:
        return "low"
    return "medium" if budget_tokens <= 16384 else "high"


def effort_for(thinking: neutral.Thinking | None, notes: Notes) -> str | None:
    """Returns the word for what the caller wants; None if there is nothing to say."""
    if thinking is None:
        return None
    if thinking.effort is not None:
        return thinking.effort
    if thinking.budget_tokens is not None and thinking.budget_tokens > 0:
        effort = effort_of(thinking.budget_tokens)
        notes.warn(f"{notes.name_of('thinking')} of {thinking.budget_tokens} tokens becomes the effort {effort!r}")
        return effort
    if thinking.is_on is False:
        notes.warn(f"{notes.name_of('thinking')} is left out: not every model can be told not to reason")
    return None
