"""How Gemini is told to think: by a level since its third generation, by a budget before."""

import re

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.effort import BUDGETS
from providers.translation.notes import Notes

_VERSION = re.compile(r"gemini-(\d+)")
_LEVELS = {"minimal": "minimal", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"}
_LEAST_OF_PRO = 128
"""Tokens; the larger models cannot be kept from thinking."""


def generation(model: str) -> int:
    """Returns the generation a model's name tells; 0 if it tells none."""
    found = _VERSION.search(model)
    return int(found[1]) if found is not None else 0


def write_thinking(thinking: neutral.Thinking | None, model: str, notes: Notes) -> JsonObject | None:
    """Returns the `thinkingConfig`; None if there is nothing to say."""
    if thinking is None:
        return None
    is_pro, has_levels = "pro" in model, generation(model) >= 3
    if thinking.is_on is False or thinking.effort == "none":
        if is_pro or has_levels:
            notes.warn(f"{notes.name_of('thinking')}: this model thinks as little as it can, for it cannot do without")
        if has_levels:
            return {"thinkingLevel": "low" if is_pro else "minimal"}
        return {"thinkingBudget": _LEAST_OF_PRO if is_pro else 0}
    config: JsonObject = {}
    if thinking.budget_tokens is not None:
        config["thinkingBudget"] = thinking.budget_tokens
    elif thinking.effort is not None and has_levels:
        level = _LEVELS.get(thinking.effort, "high")
        config["thinkingLevel"] = "low" if is_pro and level == "minimal" else level
    elif thinking.effort is not None:
        config["thinkingBudget"] = BUDGETS.get(thinking.effort, BUDGETS["high"])
    if thinking.is_shown is not False:
        config["includeThoughts"] = True
    return config or None
