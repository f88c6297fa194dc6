"""Custom tools, whose input is free text, as functions with one argument: what every other dialect has."""

import msgspec

from providers.facts import JsonObject
from providers.lenient import decode_object
from providers.translation import neutral
from providers.translation.asked import INPUT
from providers.translation.notes import Notes


def as_function(tool: neutral.Tool, notes: Notes) -> neutral.Tool:
    """Returns the tool as a function; one that is a function already stays as it is."""
    if not tool.is_custom:
        return tool
    notes.warn(f"the custom tool {tool.name!r} becomes a function with one argument")
    description = tool.description
    if tool.grammar is not None:
        said = f"The input must follow this {tool.grammar.get('syntax')} grammar:\n{tool.grammar.get('definition')}"
        description = f"{description}\n\n{said}" if description else said
    schema = {"type": "object", "properties": {INPUT: {"type": "string"}}, "required": [INPUT]}
    return neutral.Tool(tool.name, description, schema)


def arguments_of(call: neutral.ToolCall) -> JsonObject:
    """Returns what a function was, or would have been, called with."""
    return {INPUT: call.arguments} if call.is_custom else decode_object(call.arguments)


def call_as_function(call: neutral.ToolCall) -> neutral.ToolCall:
    """Returns the call as one of a function; arguments that are none are an empty object."""
    if not call.is_custom:
        return call if call.arguments else neutral.ToolCall(call.id, call.name, "{}")
    return neutral.ToolCall(call.id, call.name, msgspec.json.encode(arguments_of(call)).decode())


def as_functions(request: neutral.Request, notes: Notes) -> neutral.Request:
    """Returns the request with its custom tools, and the calls of them, as functions."""
    if not any(tool.is_custom for tool in request.tools):
        return request
    messages = [
        neutral.Message(
            message.role,
            [call_as_function(part) if isinstance(part, neutral.ToolCall) else part for part in message.parts],
        )
        for message in request.messages
    ]
    tools = [as_function(tool, notes) for tool in request.tools]
    return msgspec.structs.replace(request, messages=messages, tools=tools)
