"""Tools and calls in chat completions, read and written."""

from providers.facts import JsonObject
from providers.lenient import mapping
from providers.translation import neutral
from providers.translation.cache_marks import read_mark
from providers.translation.chat_completions import fields
from providers.translation.ids import fitting
from providers.translation.notes import Untranslatable
from providers.translation.schemas import is_strict_enough
from providers.translation.source import Source


def read_tool(tool: Source) -> neutral.Tool:
    """Reads a tool of the caller's."""
    kind = tool.text("type") or "function"
    if kind not in ("function", "custom"):
        raise Untranslatable(f"{tool.where('type')} {kind!r} cannot be translated", tool.where("type"))
    function = tool.inner(kind)
    if function is None:
        raise Untranslatable(f"{tool.where(kind)} is missing", tool.where(kind))
    grammar = mapping(function.take("format")).get("grammar") if kind == "custom" else None
    read = neutral.Tool(
        name=function.need_text("name"),
        description=function.text("description"),
        schema=function.mapping("parameters"),
        is_strict=function.flag("strict"),
        is_custom=kind == "custom",
        grammar=mapping(grammar) or None,
        cache=read_mark(tool),
    )
    function.finish()
    tool.finish(fields.PART)
    return read


def read_tool_choice(source: Source) -> neutral.ToolChoice | None:
    """Reads the caller's choice among its tools."""
    if isinstance(source.peek("tool_choice"), str):
        word = source.need_text("tool_choice")
        if word == "none":
            return neutral.ToolChoice("none")
        return neutral.ToolChoice("required" if word in ("required", "any") else "auto")
    choice = source.inner("tool_choice")
    if choice is None:
        return None
    kind = choice.need_text("type")
    if kind in ("function", "custom"):
        return neutral.ToolChoice("required", [(choice.inner(kind) or choice).need_text("name")])
    allowed = choice.inner("allowed_tools")
    if allowed is None:
        raise Untranslatable(f"tool_choice of type {kind!r} cannot be translated", "tool_choice")
    names = [
        (tool.inner(tool.text("type") or "function") or tool).need_text("name") for tool in allowed.objects("tools")
    ]
    return neutral.ToolChoice("required" if allowed.text("mode") == "required" else "auto", names)


def read_call(call: Source) -> neutral.ToolCall:
    """Reads a call in an assistant's message."""
    kind = call.text("type") or "function"
    function = call.inner("custom" if kind == "custom" else "function")
    call.take("index")
    if function is None:
        raise Untranslatable(f"{call.where('function')} is missing", call.where("function"))
    read = neutral.ToolCall(
        id=call.need_text("id"),
        name=function.need_text("name"),
        arguments=(function.text("input") if kind == "custom" else function.text("arguments")) or "",
        is_custom=kind == "custom",
    )
    function.finish()
    call.finish()
    return read


def write_tools(request: neutral.Request, *, takes_allowed: bool) -> list[JsonObject] | None:
    """Writes the tools; where a choice among them cannot be said, the others are not shown to the model."""
    names = request.tool_choice.names if request.tool_choice is not None and not takes_allowed else []
    return [_tool(tool) for tool in request.tools if not names or tool.name in names] or None


def write_tool_choice(request: neutral.Request, *, takes_allowed: bool) -> str | JsonObject | None:
    """Writes the choice; None if the model is free."""
    choice = request.tool_choice
    if choice is None or not request.tools:
        return None
    custom = {tool.name for tool in request.tools if tool.is_custom}
    kinds = {name: "custom" if name in custom else "function" for name in choice.names}
    named = [{"type": kind, kind: {"name": name}} for name, kind in kinds.items()]
    if choice.mode == "required" and len(named) == 1:
        return named[0]
    if not named or not takes_allowed:
        return choice.mode
    return {"type": "allowed_tools", "allowed_tools": {"mode": choice.mode, "tools": named}}


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


def write_call(call: neutral.ToolCall) -> JsonObject:
    """Writes a call the model made before."""
    if call.is_custom:
        return {"id": fitting(call.id), "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": fitting(call.id), "type": "function", "function": function}
