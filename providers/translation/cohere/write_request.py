"""Writes the neutral request for Cohere's chat (docs.cohere.com/reference/chat)."""

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.custom_tools import as_function, call_as_function
from providers.translation.effort import BUDGETS
from providers.translation.ids import fitting
from providers.translation.media import data_url, words_in
from providers.translation.notes import Fates, Notes, Untranslatable, left_out

_NO_FIELD = "Cohere has no such field"

_REASONS = "reasoning"
"""Stands in the name of every model that reasons; the others refuse to be told how much."""

LACKS: Fates = {
    "parallel_tool_calls": left_out(_NO_FIELD, True),
    "verbosity": left_out(_NO_FIELD),
    "user": left_out(_NO_FIELD),
    "metadata": left_out(_NO_FIELD),
    "service_tier": left_out(_NO_FIELD, "auto", "default"),
    "prompt_cache_key": left_out("Cohere caches prompts by itself"),
}


def write_request(request: neutral.Request, model: str, notes: Notes) -> JsonObject:
    """Returns the body; fields that are None are left out of it."""
    notes.lacks(request, LACKS)
    messages: list[JsonObject] = [{"role": "system", "content": text.text} for text in request.system]
    for message in request.messages:
        messages += _messages(message, model, notes)
    body = {
        "model": model,
        "messages": messages,
        "tools": [_tool(tool, notes) for tool in _shown(request)] or None,
        "tool_choice": _tool_choice(request, notes),
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "p": request.top_p,
        "k": request.top_k,
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
        "seed": request.seed,
        "stop_sequences": request.stop or None,
        "response_format": _format(request.format),
        "thinking": _thinking(request.thinking, model, notes),
        "stream": request.is_stream or None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _shown(request: neutral.Request) -> list[neutral.Tool]:
    names = request.tool_choice.names if request.tool_choice is not None else []
    return [tool for tool in request.tools if not names or tool.name in names]


def _messages(message: neutral.Message, model: str, notes: Notes) -> list[JsonObject]:
    if message.role == "assistant":
        return [_assistant(message, model, notes)]
    written: list[JsonObject] = []
    shown: list[neutral.Part] = []
    for part in message.parts:
        if isinstance(part, neutral.ToolResult):
            written.append(_result(part, shown, notes))
        else:
            shown.append(part)
    if shown:
        written.append({"role": message.role, "content": _content(shown)})
    return written


def _result(result: neutral.ToolResult, shown: list[neutral.Part], notes: Notes) -> JsonObject:
    said = "\n".join(part.text for part in result.content if isinstance(part, neutral.Text))
    others = [part for part in result.content if not isinstance(part, neutral.Text)]
    if others:
        notes.warn("files and images in tool results are moved to a message of the user's: a result can only be text")
        shown += others
    if result.is_error:
        said = f"Error: {said}"
    return {"role": "tool", "tool_call_id": fitting(result.call_id), "content": said or "(no output)"}


def _assistant(message: neutral.Message, model: str, notes: Notes) -> JsonObject:
    texts = [part.text for part in message.parts if isinstance(part, (neutral.Text, neutral.Refusal))]
    thoughts = [part.text for part in message.parts if isinstance(part, neutral.Thought) and part.text]
    if thoughts and _REASONS not in model:
        notes.warn(f"the reasoning of earlier turns is left out: {model} does not reason")
        thoughts = []
    functions = [call_as_function(part) for part in message.parts if isinstance(part, neutral.ToolCall)]
    calls = [
        {"id": fitting(call.id), "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in functions
    ]
    content: list[JsonObject] = [{"type": "thinking", "thinking": thought} for thought in thoughts]
    content += [{"type": "text", "text": text} for text in texts if text]
    written: JsonObject = {"role": "assistant"}
    if content or not calls:
        written["content"] = content or ""
    return {**written, "tool_calls": calls} if calls else written


def _content(parts: list[neutral.Part]) -> str | list[JsonObject]:
    if len(parts) == 1 and isinstance(parts[0], neutral.Text):
        return parts[0].text
    return [_part(part) for part in parts]


def _part(part: neutral.Part) -> JsonObject:
    if isinstance(part, neutral.Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, neutral.Image):
        url = part.url if part.data is None else data_url(part.media_type or "image/png", part.data)
        if url is not None:
            return {"type": "image_url", "image_url": {"url": url}}
    if isinstance(part, neutral.File):
        said = part.text if part.data is None else words_in(part.media_type or "", part.data)
        if said is not None:
            return {"type": "text", "text": f"{part.name}:\n{said}" if part.name else said}
    raise Untranslatable("Cohere's chat takes text and images by base64 or URL, and no other files")


def _tool(tool: neutral.Tool, notes: Notes) -> JsonObject:
    function = as_function(tool, notes)
    written: JsonObject = {"name": function.name}
    if function.description is not None:
        written["description"] = function.description
    written["parameters"] = function.schema or {"type": "object", "properties": {}}
    return {"type": "function", "function": written}


def _tool_choice(request: neutral.Request, notes: Notes) -> str | None:
    """There is no way to name a tool: it is the only one shown."""
    choice = request.tool_choice
    if choice is None or not request.tools or choice.mode == "auto":
        return None
    return "REQUIRED" if choice.mode == "required" else "NONE"


def _format(format: neutral.Format | None) -> JsonObject | None:
    if format is None:
        return None
    return {"type": "json_object"} if format.schema is None else {"type": "json_object", "json_schema": format.schema}


def _thinking(thinking: neutral.Thinking | None, model: str, notes: Notes) -> JsonObject | None:
    if thinking is None:
        return None
    if _REASONS not in model:
        if thinking.is_on is not False:
            notes.warn(f"{notes.name_of('thinking')} is left out: {model} does not reason")
        return None
    if thinking.is_on is False or thinking.effort == "none":
        return {"type": "disabled"}
    budget = thinking.budget_tokens or BUDGETS.get(thinking.effort or "")
    return {"type": "enabled"} if budget is None else {"type": "enabled", "token_budget": budget}
