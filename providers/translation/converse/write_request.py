"""Writes the neutral request for Bedrock's Converse.

Fields as docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html lists them; what only some models
know goes into `additionalModelRequestFields`.
"""

import msgspec

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.cache_marks import cache_point
from providers.translation.converse import fields
from providers.translation.converse.blocks import write_parts
from providers.translation.custom_tools import as_function
from providers.translation.messages.models import ModelFacts, facts_of
from providers.translation.messages.thinking import write_thinking
from providers.translation.notes import Notes
from providers.translation.schemas import closed

_JSON_ONLY = "Answer with one JSON object and nothing else: no prose, no code fence."
_TIERS = ("priority", "default", "flex", "reserved")


def write_request(request: neutral.Request, model: str, notes: Notes) -> JsonObject:
    """Returns the body; the model and whether to stream stand in the path."""
    notes.lacks(request, fields.LACKS)
    more, is_thinking = _model_fields(request, model, notes)
    body = {
        "system": _system(request, notes),
        "messages": _messages(request, notes),
        "inferenceConfig": _inference(request, model, is_thinking=is_thinking, notes=notes),
        "toolConfig": _tool_config(request, notes),
        "additionalModelRequestFields": more or None,
        "requestMetadata": request.metadata or None,
        "serviceTier": _service_tier(request, notes),
        "outputConfig": _output(request, notes),
    }
    return {name: value for name, value in body.items() if value is not None}


def _system(request: neutral.Request, notes: Notes) -> list[JsonObject] | None:
    texts: list[neutral.Part] = [*request.system]
    for message in request.messages:
        if message.role == "system":
            notes.warn("system messages inside the conversation are moved to its start")
            texts += [part for part in message.parts if isinstance(part, neutral.Text)]
    if request.format is not None and request.format.schema is None:
        notes.warn("response_format json_object becomes an instruction: Converse has no such mode, only schemas")
        texts.append(neutral.Text(_JSON_ONLY))
    return write_parts(texts, notes) or None


def _messages(request: neutral.Request, notes: Notes) -> list[JsonObject]:
    """Writes the turns, each speaker's in one."""
    turns: list[JsonObject] = []
    for message in request.messages:
        if message.role == "system":
            continue
        blocks = write_parts(message.parts, notes)
        if not blocks:
            continue
        if turns and turns[-1]["role"] == message.role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": message.role, "content": blocks})
    return turns


def _inference(request: neutral.Request, model: str, *, is_thinking: bool, notes: Notes) -> JsonObject | None:
    config: JsonObject = {
        "maxTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": [word for word in request.stop if word.strip()] or None,
    }
    sampling = [name for name in ("temperature", "topP") if config[name] is not None]
    facts = _facts(model)
    if facts is not None and sampling and (is_thinking or not facts.takes_sampling):
        notes.warn(f"{', '.join(sampling)} left out: this model takes none, or none while it thinks")
        config |= {"temperature": None, "topP": None}
    elif facts is not None and len(sampling) > 1 and not facts.takes_both_samplings:
        notes.warn("top_p is left out: this model takes either temperature or top_p")
        config["topP"] = None
    return {name: value for name, value in config.items() if value is not None} or None


def _tool_config(request: neutral.Request, notes: Notes) -> JsonObject | None:
    choice = request.tool_choice
    is_forced = choice is not None and choice.mode == "required"
    names = choice.names if choice is not None and not (is_forced and len(choice.names) == 1) else []
    shown = [tool for tool in request.tools if not names or tool.name in names]
    if not shown:
        return None
    tools: list[JsonObject] = []
    for tool in shown:
        tools.append({"toolSpec": _tool(tool, notes)})
        if tool.cache is not None:
            tools.append(cache_point(tool.cache))
    config: JsonObject = {"tools": tools}
    if choice is None:
        return config
    if choice.mode == "none":
        if not any(isinstance(part, neutral.ToolCall) for message in request.messages for part in message.parts):
            return None
        notes.warn("tool_choice none is left out: Converse has no such choice, and the conversation has calls in it")
        return config
    if is_forced and len(choice.names) == 1:
        config["toolChoice"] = {"tool": {"name": choice.names[0]}}
    else:
        config["toolChoice"] = {"any" if is_forced else "auto": {}}
    return config


def _tool(tool: neutral.Tool, notes: Notes) -> JsonObject:
    function = as_function(tool, notes)
    schema = function.schema or {"type": "object", "properties": {}}
    written: JsonObject = {"name": function.name}
    if function.description:
        written["description"] = function.description
    return {**written, "inputSchema": {"json": schema if "type" in schema else {"type": "object", **schema}}}


def _facts(model: str) -> ModelFacts | None:
    return facts_of(model) if "claude" in model else None


def _model_fields(request: neutral.Request, model: str, notes: Notes) -> tuple[JsonObject, bool]:
    """Returns what only this model knows, and whether it will think."""
    more: JsonObject = {}
    facts = _facts(model)
    if request.top_k is not None:
        if facts is not None and facts.takes_sampling:
            more["top_k"] = request.top_k
        else:
            notes.warn("top_k is left out: Converse has no such field")
    if request.thinking is None:
        return more, False
    if facts is None:
        if "gpt-oss" in model and request.thinking.effort is not None:
            more["reasoning_effort"] = request.thinking.effort
        else:
            notes.warn(f"{notes.name_of('thinking')} is left out: how {model} is told to reason is not known here")
        return more, False
    is_forced = request.tool_choice is not None and request.tool_choice.mode == "required"
    max_tokens = request.max_tokens or facts.max_tokens
    thinking, effort = write_thinking(request, facts, max_tokens, notes, is_forced=is_forced)
    if thinking is not None:
        more["thinking"] = thinking
    if effort is not None:
        more["output_config"] = {"effort": effort}
    return more, thinking is not None and thinking["type"] != "disabled"


def _service_tier(request: neutral.Request, notes: Notes) -> JsonObject | None:
    if request.service_tier in (None, "auto"):
        return None
    if request.service_tier in _TIERS:
        return {"type": request.service_tier}
    notes.warn(f"service_tier {request.service_tier!r} is left out: Bedrock has no such tier")
    return None


def _output(request: neutral.Request, notes: Notes) -> JsonObject | None:
    format = request.format
    if format is None or format.schema is None:
        return None
    schema = closed(format.schema, notes.name_of("format"), notes)
    described: JsonObject = {"schema": msgspec.json.encode(schema).decode(), "name": format.name or "answer"}
    if format.description is not None:
        described["description"] = format.description
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": described}}}
