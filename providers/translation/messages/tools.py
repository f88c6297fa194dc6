"""Tools in messages requests, among them the one that stands for a structured answer on models that have none."""

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.cache_marks import cache_control
from providers.translation.custom_tools import as_function
from providers.translation.messages.models import facts_of
from providers.translation.notes import Notes

FORMAT_TOOL = "structured_answer"
"""The tool whose arguments are the answer."""


def answers_by_tool(request: neutral.Request, model: str) -> bool:
    """Whether the answer's schema is asked for as the arguments of a tool the model must call."""
    format = request.format
    return format is not None and format.schema is not None and not facts_of(model).has_structured_outputs


def write_tools(request: neutral.Request, model: str, notes: Notes) -> list[JsonObject]:
    """Returns the tools the model may use; those the caller's choice excludes are not shown to it."""
    allowed = request.tool_choice.names if request.tool_choice is not None else []
    is_forced = request.tool_choice is not None and request.tool_choice.mode == "required" and len(allowed) == 1
    shown = [tool for tool in request.tools if not allowed or is_forced or tool.name in allowed]
    tools = [_tool(tool, notes) for tool in shown]
    format = request.format
    if format is not None and format.schema is not None and answers_by_tool(request, model):
        said = format.description or "Give the final answer by calling this tool."
        tools.append({"name": FORMAT_TOOL, "description": said, "input_schema": format.schema})
    return tools


def write_tool_choice(request: neutral.Request, model: str) -> JsonObject | None:
    """Returns the choice; None if the model is free."""
    written = _choice(request, model)
    if request.parallel_tool_calls is False and (request.tools or written is not None):
        written = written or {"type": "auto"}
        if written["type"] != "none":
            written["disable_parallel_tool_use"] = True
    return written


def _choice(request: neutral.Request, model: str) -> JsonObject | None:
    if answers_by_tool(request, model):
        return {"type": "any"} if request.tools else {"type": "tool", "name": FORMAT_TOOL}
    choice = request.tool_choice
    if choice is None or not request.tools:
        return None
    if choice.mode == "required" and len(choice.names) == 1:
        return {"type": "tool", "name": choice.names[0]}
    return {"type": "any" if choice.mode == "required" else choice.mode}


def _tool(tool: neutral.Tool, notes: Notes) -> JsonObject:
    function = as_function(tool, notes)
    written: JsonObject = {"name": function.name}
    if function.description is not None:
        written["description"] = function.description
    schema = function.schema or {"type": "object", "properties": {}}
    written["input_schema"] = schema if "type" in schema else {"type": "object", **schema}
    return {**written, **cache_control(tool.cache)}
