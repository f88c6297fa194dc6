"""Writes the neutral request as messages."""

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.messages import fields
from providers.translation.messages.blocks import write_part
from providers.translation.messages.models import ModelFacts, facts_of
from providers.translation.messages.thinking import write_thinking
from providers.translation.messages.tools import FORMAT_TOOL, answers_by_tool, write_tool_choice, write_tools
from providers.translation.notes import Notes
from providers.translation.schemas import closed

_JSON_ONLY = "Answer with one JSON object and nothing else: no prose, no code fence."


def write_request(request: neutral.Request, model: str, notes: Notes) -> JsonObject:
    """Returns the body; fields that are None are left out of it."""
    notes.lacks(request, fields.LACKS)
    facts = facts_of(model)
    max_tokens = request.max_tokens
    if max_tokens is None:
        max_tokens = facts.max_tokens
        if not facts.is_known:
            notes.warn(f"max_tokens is {max_tokens}: messages wants one and {model!r} is not known here")
    choice = write_tool_choice(request, model)
    is_forced = choice is not None and choice["type"] in ("any", "tool")
    thinking, effort = write_thinking(request, facts, max_tokens, notes, is_forced=is_forced)
    body = {
        "model": model,
        "max_tokens": max_tokens,
        "system": _system(request, notes),
        "messages": _messages(request, notes),
        "tools": write_tools(request, model, notes) or None,
        "tool_choice": choice,
        "thinking": thinking,
        "output_config": _output_config(request, model, effort, notes),
        **_sampling(request, facts, is_thinking=thinking is not None and thinking["type"] != "disabled", notes=notes),
        "stop_sequences": [word for word in request.stop if word.strip()] or None,
        "metadata": {"user_id": request.user} if request.user is not None else None,
        "service_tier": _service_tier(request, notes),
        "stream": request.is_stream or None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _system(request: neutral.Request, notes: Notes) -> str | list[JsonObject] | None:
    """Joins all instructions: newer ones in the conversation's middle have no place of their own on every model."""
    texts = [*request.system]
    for message in request.messages:
        if message.role == "system":
            notes.warn("system messages inside the conversation are moved to its start")
            texts += [part for part in message.parts if isinstance(part, neutral.Text)]
    if request.format is not None and request.format.schema is None:
        notes.warn("response_format json_object becomes an instruction: messages has no such mode, only schemas")
        texts.append(neutral.Text(_JSON_ONLY))
    blocks = [block for text in texts if (block := write_part(text, notes)) is not None]
    if len(blocks) == 1 and "cache_control" not in blocks[0]:
        return str(blocks[0]["text"])
    return blocks or None


def _messages(request: neutral.Request, notes: Notes) -> list[JsonObject]:
    """Writes the turns, each speaker's in one, results of tools first."""
    turns: list[JsonObject] = []
    for message in request.messages:
        if message.role == "system":
            continue
        blocks = [block for part in message.parts if (block := write_part(part, notes)) is not None]
        if not blocks:
            continue
        if turns and turns[-1]["role"] == message.role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": message.role, "content": blocks})
    for turn in turns:
        if turn["role"] == "user":
            turn["content"].sort(key=_is_no_result)
    if turns and turns[-1]["role"] == "assistant" and turns[-1]["content"][-1]["type"] == "text":
        # An answer to be continued must not end in white space.
        last = turns[-1]["content"][-1]
        last["text"] = last["text"].rstrip()
    for turn in turns:
        if len(turn["content"]) == 1 and turn["content"][0].keys() == {"type", "text"}:
            turn["content"] = turn["content"][0]["text"]
    return turns


def _is_no_result(block: JsonObject) -> bool:
    return bool(block["type"] != "tool_result")


def _output_config(request: neutral.Request, model: str, effort: str | None, notes: Notes) -> JsonObject | None:
    config: JsonObject = {}
    if effort is not None:
        config["effort"] = effort
    if request.format is not None and request.format.schema is not None and not answers_by_tool(request, model):
        schema = closed(request.format.schema, notes.name_of("format"), notes)
        config["format"] = {"type": "json_schema", "schema": schema}
    elif answers_by_tool(request, model):
        notes.warn(f"{notes.name_of('format')} becomes the tool {FORMAT_TOOL!r}: {model} has no structured outputs")
    return config or None


def _sampling(request: neutral.Request, facts: ModelFacts, *, is_thinking: bool, notes: Notes) -> JsonObject:
    wanted = {"temperature": request.temperature, "top_p": request.top_p, "top_k": request.top_k}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if wanted and not facts.takes_sampling:
        notes.warn(f"{', '.join(wanted)} left out: this model takes no sampling parameters")
        return {}
    if wanted and is_thinking:
        notes.warn(f"{', '.join(wanted)} left out: sampling cannot be set while the model thinks")
        return {}
    if not facts.takes_both_samplings and {"temperature", "top_p"} <= wanted.keys():
        notes.warn("top_p is left out: this model takes either temperature or top_p")
        del wanted["top_p"]
    if request.temperature is not None and request.temperature > 1:
        notes.warn("temperature is lowered to 1, the most that messages takes")
        wanted["temperature"] = 1
    return wanted


def _service_tier(request: neutral.Request, notes: Notes) -> str | None:
    if request.service_tier in (None, "auto"):
        return request.service_tier
    if request.service_tier == "default":
        return "standard_only"
    notes.warn(f"service_tier {request.service_tier!r} is left out: messages has no such tier")
    return None
