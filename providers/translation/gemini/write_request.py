"""Writes the neutral request for Gemini."""

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.custom_tools import as_function
from providers.translation.gemini import fields
from providers.translation.gemini.schemas import to_gemini_schema
from providers.translation.gemini.thinking import write_thinking
from providers.translation.gemini.write_contents import write_contents
from providers.translation.notes import Notes

_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def write_request(request: neutral.Request, model: str, notes: Notes) -> JsonObject:
    """Returns the body; the model and whether to stream stand in the path."""
    notes.lacks(request, fields.LACKS)
    body = {
        "systemInstruction": _system(request, notes),
        "contents": write_contents(request.messages, model, notes),
        "tools": _tools(request, notes),
        "toolConfig": _tool_config(request),
        "generationConfig": _config(request, model, notes),
    }
    return {name: value for name, value in body.items() if value is not None}


def _system(request: neutral.Request, notes: Notes) -> JsonObject | None:
    texts = [text.text for text in request.system]
    for message in request.messages:
        if message.role == "system":
            notes.warn("system messages inside the conversation are moved to its start")
            texts += [part.text for part in message.parts if isinstance(part, neutral.Text)]
    return {"parts": [{"text": text} for text in texts]} if texts else None


def _tools(request: neutral.Request, notes: Notes) -> list[JsonObject] | None:
    choice = request.tool_choice
    # Names are taken along with ANY only; where the model is free, the others are not shown to it.
    names = choice.names if choice is not None and choice.mode == "auto" else []
    shown = [tool for tool in request.tools if not names or tool.name in names]
    return [{"functionDeclarations": [_tool(tool, notes) for tool in shown]}] if shown else None


def _tool(tool: neutral.Tool, notes: Notes) -> JsonObject:
    function = as_function(tool, notes)
    written: JsonObject = {"name": function.name}
    if function.description is not None:
        written["description"] = function.description
    schema = to_gemini_schema(function.schema or {}, f"the tool {tool.name!r}", notes)
    if schema.get("properties"):
        written["parameters"] = {"type": "object", **schema}
    return written


def _tool_config(request: neutral.Request) -> JsonObject | None:
    choice = request.tool_choice
    if choice is None or not request.tools:
        return None
    calling: JsonObject = {"mode": _MODES[choice.mode]}
    if choice.names and choice.mode == "required":
        calling["allowedFunctionNames"] = choice.names
    return {"functionCallingConfig": calling}


def _config(request: neutral.Request, model: str, notes: Notes) -> JsonObject | None:
    config: JsonObject = {
        "temperature": request.temperature,
        "topP": request.top_p,
        "topK": request.top_k,
        "maxOutputTokens": request.max_tokens,
        "stopSequences": request.stop or None,
        "presencePenalty": request.presence_penalty,
        "frequencyPenalty": request.frequency_penalty,
        "seed": request.seed,
        "thinkingConfig": write_thinking(request.thinking, model, notes),
    }
    if request.format is not None:
        config["responseMimeType"] = "application/json"
        if request.format.schema is not None:
            config["responseSchema"] = to_gemini_schema(request.format.schema, notes.name_of("format"), notes)
    return {name: value for name, value in config.items() if value is not None} or None
