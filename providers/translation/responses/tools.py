"""Tools in responses requests, read and written."""

from providers.facts import JsonObject
from providers.lenient import mapping
from providers.translation import neutral
from providers.translation.notes import Untranslatable
from providers.translation.responses import fields
from providers.translation.schemas import is_strict_enough
from providers.translation.source import Source


def read_tools(source: Source) -> list[neutral.Tool]:
    """Reads the caller's tools.

    The provider's own tools cannot be had elsewhere. A request for nothing else is refused; an agent that brings tools
    of its own can do without, and is told so.
    """
    tools: list[neutral.Tool] = []
    hosted: list[str] = []
    for tool in source.objects("tools"):
        kind = tool.need_text("type")
        if kind == "namespace":
            namespace = tool.need_text("name")
            tools += [_tool(inner, inner.need_text("type"), namespace) for inner in tool.objects("tools")]
        elif kind in ("function", "custom"):
            tools.append(_tool(tool, kind))
        else:
            hosted.append(kind)
    if hosted and not tools:
        raise Untranslatable(f"tools: {', '.join(hosted)} cannot be translated: only its own provider runs it", "tools")
    for kind in hosted:
        source.notes.warn(f"the tool {kind!r} is left out: only its own provider runs it")
    return tools


def flat_name(name: str, namespace: str | None) -> str:
    """Returns a tool's name where there are no namespaces."""
    return name if namespace is None else f"{namespace}__{name}"


def _tool(tool: Source, kind: str, namespace: str | None = None) -> neutral.Tool:
    format = mapping(tool.take("format"))
    read = neutral.Tool(
        name=flat_name(tool.need_text("name"), namespace),
        description=tool.text("description"),
        schema=tool.mapping("parameters"),
        is_strict=tool.flag("strict"),
        is_custom=kind == "custom",
        namespace=namespace,
        grammar={"syntax": format.get("syntax"), "definition": format.get("definition")}
        if format.get("type") == "grammar"
        else None,
    )
    tool.finish(fields.TOOL)
    return read


def read_tool_choice(source: Source) -> neutral.ToolChoice | None:
    """Reads the caller's choice among its tools."""
    if isinstance(source.peek("tool_choice"), str):
        word = source.need_text("tool_choice")
        if word == "none":
            return neutral.ToolChoice("none")
        return neutral.ToolChoice("required" if word == "required" else "auto")
    choice = source.inner("tool_choice")
    if choice is None:
        return None
    kind = choice.need_text("type")
    if kind in ("function", "custom"):
        return neutral.ToolChoice("required", [choice.need_text("name")])
    if kind != "allowed_tools":
        raise Untranslatable(f"tool_choice of type {kind!r} cannot be translated", "tool_choice")
    names = [tool.need_text("name") for tool in choice.objects("tools") if tool.peek("name") is not None]
    return neutral.ToolChoice("required" if choice.text("mode") == "required" else "auto", names)


def write_tool(tool: neutral.Tool) -> JsonObject:
    """Writes a tool for the provider."""
    if tool.is_custom:
        written: JsonObject = {"type": "custom", "name": tool.name}
        if tool.grammar is not None:
            written["format"] = {"type": "grammar", **tool.grammar}
    else:
        written = {
            "type": "function",
            "name": tool.name,
            "parameters": tool.schema or {"type": "object", "properties": {}},
            # Unsaid, it would be made strict where the schema allows it.
            "strict": bool(tool.is_strict) and is_strict_enough(tool.schema),
        }
    if tool.description is not None:
        written["description"] = tool.description
    return written


def write_tool_choice(request: neutral.Request) -> str | JsonObject | None:
    """Writes the choice; None if the model is free."""
    choice = request.tool_choice
    if choice is None or not request.tools:
        return None
    custom = {tool.name for tool in request.tools if tool.is_custom}
    named = [{"type": "custom" if name in custom else "function", "name": name} for name in choice.names]
    if not named:
        return choice.mode
    if choice.mode == "required" and len(named) == 1:
        return named[0]
    return {"type": "allowed_tools", "mode": choice.mode, "tools": named}
