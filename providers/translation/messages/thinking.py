"""How messages is told to think: by a budget on older models, by an effort on newer ones."""

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.effort import BUDGETS
from providers.translation.messages.blocks import DIALECT
from providers.translation.messages.models import ModelFacts
from providers.translation.notes import Notes

_LEAST_BUDGET = 1024
_EFFORTS = {"minimal": "low"}


def write_thinking(
    request: neutral.Request, facts: ModelFacts, max_tokens: int, notes: Notes, *, is_forced: bool
) -> tuple[JsonObject | None, str | None]:
    """Returns `thinking` and the effort; None where nothing is to be said. `is_forced`: it must call a tool."""
    wanted = request.thinking
    if wanted is None:
        return None, None
    if wanted.is_on is False or wanted.effort == "none":
        return {"type": "disabled"}, None
    obstacle = _obstacle(request, facts, is_forced=is_forced)
    if obstacle is not None:
        notes.warn(f"{notes.name_of('thinking')} is left out: {obstacle}")
        return None, None
    effort = _EFFORTS.get(wanted.effort, wanted.effort) if wanted.effort is not None else None
    if facts.thinks_adaptively:
        adaptive: JsonObject = {"type": "adaptive"}
        if wanted.is_shown is not False:
            adaptive["display"] = "summarized"
        return adaptive, effort
    return _by_budget(wanted, max_tokens, notes), None


def _by_budget(wanted: neutral.Thinking, max_tokens: int, notes: Notes) -> JsonObject | None:
    budget = wanted.budget_tokens or BUDGETS.get(wanted.effort or "medium", BUDGETS["medium"])
    if max_tokens <= _LEAST_BUDGET:
        notes.warn(
            f"{notes.name_of('thinking')} is left out: max_tokens leaves no room for {_LEAST_BUDGET} tokens of it"
        )
        return None
    if budget >= max_tokens:
        budget = max(_LEAST_BUDGET, max_tokens // 2)
    return {"type": "enabled", "budget_tokens": budget}


def _obstacle(request: neutral.Request, facts: ModelFacts, *, is_forced: bool) -> str | None:
    """Returns what keeps the model from thinking; the provider would refuse the request."""
    if not facts.thinks_by_budget and not facts.thinks_adaptively:
        return "this model does not think"
    if is_forced:
        return "a model that must call a tool cannot think first"
    if not facts.thinks_adaptively and _has_unproven_call(request.messages):
        return "the last turn called a tool, and its reasoning did not come back with it"
    return None


def _has_unproven_call(messages: list[neutral.Message]) -> bool:
    """Whether the assistant's turn that tools have just answered lacks the thoughts it must begin with."""
    if not messages or not any(isinstance(part, neutral.ToolResult) for part in messages[-1].parts):
        return False
    asking = next((message.parts for message in reversed(messages) if message.role == "assistant"), [])
    return not any(
        isinstance(part, neutral.Thought) and part.signature is not None and part.signature.origin == DIALECT
        for part in asking
    )
