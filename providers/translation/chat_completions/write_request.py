"""Writes the neutral request as chat completions."""

import re

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.chat_completions import fields
from providers.translation.effort import effort_of
from providers.translation.media import data_url
from providers.translation.notes import Notes, Untranslatable
from providers.translation.schemas import is_strict_enough
from providers.translation.tool_ids import fitting

_SPEAKS_REASONING = re.compile(r"deepseek|kimi|glm|minimax|mimo|qwen|interleaved", re.IGNORECASE)
"""Models whose providers want the reasoning of earlier turns back; OpenAI's refuse the field."""
_OPENAI = re.compile(r"(?:.*/)?(?:gpt-|o\d|chatgpt)", re.IGNORECASE)
"""Models that refuse `max_tokens`; elsewhere it is the name that everybody knows."""
_EXTENSIONS = {"application/pdf": "pdf", "text/plain": "txt", "text/csv": "csv", "text/markdown": "md"}


def write_request(request: neutral.Request, model: str, notes: Notes) -> JsonObject:
    """Returns the body; fields that are None are left out of it."""
    notes.lacks(request, fields.LACKS)
    keeps_thoughts = _SPEAKS_REASONING.search(model) is not None
    messages = [{"role": "system", "content": text.text} for text in request.system]
    for message in request.messages:
        messages += _messages(message, notes, keeps_thoughts=keeps_thoughts)
    body = {
        "model": model,
        "messages": messages,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _tool_choice(request.tool_choice),
        "parallel_tool_calls": request.parallel_tool_calls if request.tools else None,
        "max_completion_tokens" if _OPENAI.match(model) else "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
        "seed": request.seed,
        "stop": request.stop or None,
        "response_format": _format(request.format, notes),
        "reasoning_effort": _effort(request.thinking, notes),
        "verbosity": request.verbosity,
        "user": request.user,
        "metadata": request.metadata or None,
        "service_tier": request.service_tier,
        "prompt_cache_key": request.prompt_cache_key,
        "stream": request.is_stream or None,
        "stream_options": {"include_usage": True} if request.is_stream else None,
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
        written.append({"role": message.role, "content": _content(shown, notes)})
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
    calls = [_tool_call(part) for part in message.parts if isinstance(part, neutral.ToolCall)]
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


def _tool_call(call: neutral.ToolCall) -> JsonObject:
    if call.is_custom:
        return {"id": fitting(call.id), "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": fitting(call.id), "type": "function", "function": function}


def _content(parts: list[neutral.Part], notes: Notes) -> str | list[JsonObject]:
    if len(parts) == 1 and isinstance(parts[0], neutral.Text):
        return parts[0].text
    return [_part(part, notes) for part in parts]


def _part(part: neutral.Part, notes: Notes) -> JsonObject:
    if isinstance(part, neutral.Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, neutral.Image):
        return _image(part)
    if isinstance(part, neutral.File):
        return _file(part)
    if isinstance(part, neutral.Audio):
        return {"type": "input_audio", "input_audio": {"data": part.data, "format": part.format}}
    raise Untranslatable(f"a {type(part).__name__} of the user's has no place in chat completions")


def _image(image: neutral.Image) -> JsonObject:
    url = image.url if image.data is None else data_url(image.media_type or "image/png", image.data)
    if url is None:
        raise Untranslatable("images by file id have no place in chat completions: send them as base64 or by URL")
    written = {"url": url}
    if image.detail is not None:
        written["detail"] = image.detail
    return {"type": "image_url", "image_url": written}


def _file(file: neutral.File) -> JsonObject:
    if file.text is not None:
        head = f"{file.name}:\n" if file.name else ""
        return {"type": "text", "text": head + file.text}
    if file.data is not None:
        media_type = file.media_type or "application/pdf"
        name = file.name or f"document.{_EXTENSIONS.get(media_type, 'bin')}"
        return {"type": "file", "file": {"filename": name, "file_data": data_url(media_type, file.data)}}
    raise Untranslatable("documents by URL or file id have no place in chat completions: send them as base64")


def _tool(tool: neutral.Tool) -> JsonObject:
    kind = "custom" if tool.is_custom else "function"
    written: JsonObject = {"name": tool.name}
    if tool.description is not None:
        written["description"] = tool.description
    if tool.is_custom:
        if tool.grammar is not None:
            written["format"] = {"type": "grammar", "grammar": tool.grammar}
        return {"type": kind, kind: written}
    written["parameters"] = tool.schema or {"type": "object", "properties": {}}
    if tool.is_strict is not None:
        written["strict"] = tool.is_strict and is_strict_enough(tool.schema)
    return {"type": kind, kind: written}


def _tool_choice(choice: neutral.ToolChoice | None) -> str | JsonObject | None:
    if choice is None or not choice.names:
        return None if choice is None else choice.mode
    named = [{"type": "function", "function": {"name": name}} for name in choice.names]
    if choice.mode == "required" and len(named) == 1:
        return named[0]
    return {"type": "allowed_tools", "allowed_tools": {"mode": choice.mode, "tools": named}}


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


def _effort(thinking: neutral.Thinking | None, notes: Notes) -> str | None:
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
