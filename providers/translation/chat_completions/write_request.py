"""Writes the neutral request as chat completions."""

import re

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.chat_completions import fields
from providers.translation.chat_completions.parts import write_content
from providers.translation.chat_completions.tools import write_call, write_tool_choice, write_tools
from providers.translation.custom_tools import as_functions
from providers.translation.effort import effort_for
from providers.translation.ids import fitting, fitting_user
from providers.translation.notes import Notes, Untranslatable
from providers.translation.schemas import is_strict_enough

_SPEAKS_REASONING = re.compile(r"deepseek|kimi|glm|minimax|mimo|qwen|interleaved", re.IGNORECASE)
"""Models whose providers want the reasoning of earlier turns back; OpenAI's refuse the field."""
_OPENAI = re.compile(r"(?:.*/)?(?:gpt-|o\d|chatgpt)", re.IGNORECASE)
"""OpenAI's models, which know more than their relatives and refuse `max_tokens`, the name known everywhere else."""


def write_request(request: neutral.Request, model: str, notes: Notes) -> JsonObject:
    """Returns the body; fields that are None are left out of it."""
    is_openai = _OPENAI.match(model) is not None
    notes.lacks(request, fields.LACKS)
    if not is_openai:
        notes.lacks(request, fields.OTHERS_LACK)
        request = as_functions(request, notes)
    keeps_thoughts = _SPEAKS_REASONING.search(model) is not None
    messages = [{"role": "system", "content": text.text} for text in request.system]
    for message in request.messages:
        messages += _messages(message, notes, keeps_thoughts=keeps_thoughts)
    body = {
        "model": model,
        "messages": messages,
        "tools": write_tools(request, takes_allowed=is_openai),
        "tool_choice": write_tool_choice(request, takes_allowed=is_openai),
        "parallel_tool_calls": request.parallel_tool_calls if request.tools else None,
        "max_completion_tokens" if is_openai else "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
        "seed": request.seed,
        "stop": request.stop or None,
        "response_format": _format(request.format, notes),
        "reasoning_effort": effort_for(request.thinking, notes),
        "verbosity": request.verbosity if is_openai else None,
        "user": fitting_user(request.user),
        "service_tier": request.service_tier if is_openai else None,
        "prompt_cache_key": request.prompt_cache_key if is_openai else None,
        "stream": request.is_stream or None,
        "stream_options": {"include_usage": True} if request.is_stream and request.asks_stream_usage else None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _messages(message: neutral.Message, notes: Notes, *, keeps_thoughts: bool) -> list[JsonObject]:
    if message.role == "assistant":
        return [_assistant(message, notes, keeps_thoughts=keeps_thoughts)]
    written: list[JsonObject] = []
    shown: list[neutral.Part] = []
    for part in message.parts:
        if isinstance(part, neutral.ToolResult):
            written.append(_result(part, shown, notes))
        else:
            shown.append(part)
    if shown:
        written.append({"role": message.role, "content": write_content(shown)})
    return written


def _result(result: neutral.ToolResult, shown: list[neutral.Part], notes: Notes) -> JsonObject:
    """Writes a tool's result; images in it are shown by the user after all results, for a result is text here."""
    texts = [part.text for part in result.content if isinstance(part, neutral.Text)]
    others = [part for part in result.content if not isinstance(part, neutral.Text)]
    if others:
        notes.warn("files and images in tool results are moved to a message of the user's: a result can only be text")
        shown.append(neutral.Text(f"What the tool answered to {fitting(result.call_id)}:"))
        shown += others
    said = "\n".join(texts) or ("See the next message." if others else "")
    if result.is_error:
        said = f"Error: {said}"
    return {"role": "tool", "tool_call_id": fitting(result.call_id), "content": said}


def _assistant(message: neutral.Message, notes: Notes, *, keeps_thoughts: bool) -> JsonObject:
    texts = [part.text for part in message.parts if isinstance(part, neutral.Text)]
    thoughts = [part.text for part in message.parts if isinstance(part, neutral.Thought) and part.text]
    refusals = [part.text for part in message.parts if isinstance(part, neutral.Refusal)]
    calls = [write_call(part) for part in message.parts if isinstance(part, neutral.ToolCall)]
    if any(isinstance(part, (neutral.Image, neutral.File, neutral.Audio)) for part in message.parts):
        raise Untranslatable("images and files in the assistant's messages have no place in chat completions")
    written: JsonObject = {"role": "assistant", "content": "".join(texts) or None}
    if calls:
        written["tool_calls"] = calls
    if refusals:
        written["refusal"] = "".join(refusals)
    elif not texts and not calls:
        written["content"] = ""
    if thoughts and keeps_thoughts:
        written["reasoning_content"] = "\n".join(thoughts)
    elif any(isinstance(part, neutral.Thought) for part in message.parts):
        notes.warn("the reasoning of earlier turns is left out: chat completions has no field for it")
    return written


def _format(format: neutral.Format | None, notes: Notes) -> JsonObject | None:
    if format is None:
        return None
    if format.schema is None:
        return {"type": "json_object"}
    is_strict = format.is_strict
    if is_strict and not is_strict_enough(format.schema):
        notes.warn(f"{notes.name_of('format')} is not strict: not all properties of its schema are required")
        is_strict = False
    schema: JsonObject = {"name": format.name or "answer", "schema": format.schema}
    if format.description is not None:
        schema["description"] = format.description
    if is_strict is not None:
        schema["strict"] = is_strict
    return {"type": "json_schema", "json_schema": schema}
