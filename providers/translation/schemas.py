"""JSON schemas, of which every provider takes another part."""

from typing import Any

from providers.facts import JsonObject
from providers.lenient import mapping
from providers.translation.notes import Notes

_UNCHECKED = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
              "maxItems", "uniqueItems", "minProperties", "maxProperties")  # fmt: skip
"""What Anthropic's structured outputs refuse (platform.claude.com/docs/en/build-with-claude/structured-outputs)."""

_VALUES = ("enum", "const", "default", "examples", "required")
"""Keywords that hold values and no schemas."""


def is_strict_enough(schema: JsonObject | None) -> bool:
    """Whether OpenAI takes the schema as strict: every object lists all its properties as required and is closed."""
    return all(
        node.get("additionalProperties") is False and set(mapping(node.get("properties"))) == _required(node)
        for node in _objects_in(schema or {})
    )


def _required(node: JsonObject) -> set[str]:
    names = node.get("required")
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()


def closed(schema: JsonObject, where: str, notes: Notes) -> JsonObject:
    """Returns the schema as messages takes it: objects closed, and without limits it cannot check."""
    left_out: set[str] = set()
    written: JsonObject = _closed(schema, left_out)
    if left_out:
        notes.warn(f"{where}: {', '.join(sorted(left_out))} left out of the schema: the provider cannot enforce them")
    return written


def _closed(node: Any, left_out: set[str]) -> Any:
    if isinstance(node, list):
        return [_closed(item, left_out) for item in node]
    if not isinstance(node, dict):
        return node
    written: JsonObject = {}
    for name, value in node.items():
        if name in _UNCHECKED:
            left_out.add(name)
        elif name in ("properties", "$defs", "definitions"):
            written[name] = {key: _closed(child, left_out) for key, child in mapping(value).items()}
        elif name in _VALUES:
            written[name] = value
        else:
            written["anyOf" if name == "oneOf" else name] = _closed(value, left_out)
    if _is_object(written):
        if written.get("additionalProperties") not in (None, False):
            left_out.add("additionalProperties")
        written["additionalProperties"] = False
    return written


def _is_object(node: JsonObject) -> bool:
    kind = node.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in node


def _objects_in(node: Any) -> list[JsonObject]:
    """Returns every schema of an object inside a schema, itself included."""
    if isinstance(node, list):
        return [found for item in node for found in _objects_in(item)]
    if not isinstance(node, dict):
        return []
    inner: list[JsonObject] = []
    for name, value in node.items():
        if name in ("properties", "$defs", "definitions"):
            inner += [found for child in mapping(value).values() for found in _objects_in(child)]
        elif name not in _VALUES:
            inner += _objects_in(value)
    return [node, *inner] if _is_object(node) else inner
