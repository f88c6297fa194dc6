"""Custom tools, whose input is free text, as functions with one argument: what every other dialect has."""

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
