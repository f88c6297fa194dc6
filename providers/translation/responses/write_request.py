"""Writes the neutral request as responses."""

import re

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.effort import effort_for
from providers.translation.ids import fitting, fitting_user
from providers.translation.notes import Notes
from providers.translation.responses import fields
from providers.translation.responses.parts import write_part
from providers.translation.responses.tools import write_tool, write_tool_choice
from providers.translation.schemas import is_strict_enough

_DIALECT = "responses"
_REASONS = re.compile(r"(?:.*/)?(?:o\d|gpt-[5-9]|codex|gpt-oss)", re.IGNORECASE)
"""Models whose reasoning can be had sealed; the others refuse to be asked for it."""
_LEAST_TOKENS = 16


def write_request(request: neutral.Request, model: str, notes: Notes) -> JsonObject:
    """Returns the body; fields that are None are left out of it."""
    notes.lacks(request, fields.LACKS)
    body = {
        "model": model,
        "instructions": "\n\n".join(text.text for text in request.system) or None,
        "input": _input(request, notes),
        "tools": [write_tool(tool) for tool in request.tools] or None,
        "tool_choice": write_tool_choice(request),
        "parallel_tool_calls": request.parallel_tool_calls if request.tools else None,
        "max_output_tokens": _max_tokens(request, notes),
        "temperature": request.temperature,
        "top_p": request.top_p,
        "text": _text(request, notes),
        "reasoning": _reasoning(request.thinking, notes),
        "include": ["reasoning.encrypted_content"] if _REASONS.match(model) else None,
        "user": fitting_user(request.user),
        "metadata": request.metadata or None,
        "service_tier": request.service_tier,
        "prompt_cache_key": request.prompt_cache_key,
        # Nobody could find the answer again: the caller's dialect has no name for it.
        "store": False,
        "stream": request.is_stream or None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _input(request: neutral.Request, notes: Notes) -> list[JsonObject]:
    custom = {
        part.id for message in request.messages for part in message.parts
        if isinstance(part, neutral.ToolCall) and part.is_custom
    }  # fmt: skip
    items: list[JsonObject] = []
    for message in request.messages:
        if message.role == "assistant":
            for part in message.parts:
                items += _assistant(part, notes)
            continue
        items += [_result(part, custom) for part in message.parts if isinstance(part, neutral.ToolResult)]
        content = [write_part(part) for part in message.parts if not isinstance(part, neutral.ToolResult)]
        if content:
            items.append({"type": "message", "role": message.role, "content": content})
    return items


def _assistant(part: neutral.Part, notes: Notes) -> list[JsonObject]:
    if isinstance(part, neutral.ToolCall):
        call: JsonObject = {"call_id": fitting(part.id), "name": part.name}
        if part.is_custom:
            return [{"type": "custom_tool_call", **call, "input": part.arguments}]
        return [{"type": "function_call", **call, "arguments": part.arguments or "{}"}]
    if isinstance(part, neutral.Thought):
        if part.signature is None or part.signature.origin != _DIALECT:
            notes.warn("reasoning of earlier turns is left out where this provider's own seal does not prove it")
            return []
        summary = [{"type": "summary_text", "text": part.text}] if part.text else []
        sealed: JsonObject = {"type": "reasoning", "summary": summary, "encrypted_content": part.signature.value}
        return [{**sealed, "id": part.signature.id} if part.signature.id else sealed]
    said = write_part(part)
    if said["type"] != "input_text":
        return [{"type": "message", "role": "user", "content": [said]}]
    return [{"type": "message", "role": "assistant", "content": said["text"]}] if said["text"] else []


def _result(result: neutral.ToolResult, custom: set[str]) -> JsonObject:
    kind = "custom_tool_call_output" if result.call_id in custom else "function_call_output"
    content = [write_part(part) for part in result.content]
    output: str | list[JsonObject] = content
    if all(part["type"] == "input_text" for part in content):
        output = "\n".join(part["text"] for part in content)
        if result.is_error:
            output = f"Error: {output}"
    return {"type": kind, "call_id": fitting(result.call_id), "output": output}


def _max_tokens(request: neutral.Request, notes: Notes) -> int | None:
    if request.max_tokens is not None and request.max_tokens < _LEAST_TOKENS:
        notes.warn(f"{notes.name_of('max_tokens')} is raised to {_LEAST_TOKENS}, the least that responses takes")
        return _LEAST_TOKENS
    return request.max_tokens


def _text(request: neutral.Request, notes: Notes) -> JsonObject | None:
    text: JsonObject = {}
    if request.format is not None:
        text["format"] = _format(request.format, notes)
    if request.verbosity is not None:
        text["verbosity"] = request.verbosity
    return text or None


def _format(format: neutral.Format, notes: Notes) -> JsonObject:
    if format.schema is None:
        return {"type": "json_object"}
    is_strict = bool(format.is_strict)
    if is_strict and not is_strict_enough(format.schema):
        notes.warn(f"{notes.name_of('format')} is not strict: not all properties of its schema are required")
        is_strict = False
    written = {"type": "json_schema", "name": format.name or "answer", "schema": format.schema, "strict": is_strict}
    return written if format.description is None else {**written, "description": format.description}


def _reasoning(thinking: neutral.Thinking | None, notes: Notes) -> JsonObject | None:
    if thinking is None:
        return None
    effort = effort_for(thinking, notes)
    written: JsonObject = {} if effort is None else {"effort": effort}
    if thinking.is_shown:
        written["summary"] = "auto"
    return written or None
