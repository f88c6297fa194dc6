"""How hard to think, as a word or as a number of tokens; the dialects have one or the other.

The numbers are those Google gives for its own translation of OpenAI's words
(ai.google.dev/gemini-api/docs/openai#thinking), continued upwards.
"""

BUDGETS = {"minimal": 1024, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 32768, "max": 32768}
"""Tokens of reasoning per word."""


def effort_of(budget_tokens: int) -> str:
    """Returns the word nearest to a budget."""
    if budget_tokens <= 0:
        return "none"
    if budget_tokens <= 2048:
        return "low"
    return "medium" if budget_tokens <= 16384 else "high"
