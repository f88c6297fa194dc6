"""Gemini's schemas, a part of OpenAPI's: read into JSON Schema, and JSON Schema written as them.

What it takes is listed at ai.google.dev/api/caching#Schema.
"""

from typing import Any

from providers.facts import JsonObject
from providers.lenient import mapping
from providers.translation.notes import Notes

_KEPT = ("title", "description", "enum", "minItems", "maxItems", "minimum", "maximum", "minLength", "maxLength",
         "pattern", "minProperties", "maxProperties", "required", "default", "example", "nullable",
         "propertyOrdering")  # fmt: skip
_IMPLIED = ("$schema", "$id", "$defs", "definitions", "additionalProperties", "strict", "examples")
"""What is left out without a word: Gemini adds no properties anyway, and the rest constrains nothing."""
_FORMATS = ("int32", "int64", "float", "double", "date-time", "enum")
_COUNTS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
_DEEPEST = 24


def to_json_schema(schema: Any) -> Any:
    """Returns Gemini's schema as JSON Schema."""
    if isinstance(schema, list):
        return [to_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    written: JsonObject = {}
    for name, value in schema.items():
        if name == "type" and isinstance(value, str):
            written["type"] = value.lower()
        elif name == "properties":
            written["properties"] = {key: to_json_schema(child) for key, child in mapping(value).items()}
        elif name in ("items", "anyOf", "any_of"):
            written["anyOf" if name == "any_of" else name] = to_json_schema(value)
        elif name in _COUNTS and isinstance(value, str) and value.isdigit():
            written[name] = int(value)  # Google's JSON writes large numbers as strings.
        elif name == "example":
            written["examples"] = [value]
        elif name not in ("nullable", "propertyOrdering", "property_ordering"):
            written[name] = value
    if schema.get("nullable") is True and "type" in written:
        written["type"] = [written["type"], "null"]
    return written


def to_gemini_schema(schema: JsonObject, where: str, notes: Notes) -> JsonObject:
    """Returns a JSON Schema as Gemini takes it; what it cannot say is noted."""
    left_out: set[str] = set()
    definitions = {
        f"#/{place}/{name}": child
        for place in ("$defs", "definitions")
        for name, child in mapping(schema.get(place)).items()
    }
    written = _written(schema, definitions, left_out, 0)
    if left_out:
        notes.warn(f"{where}: {', '.join(sorted(left_out))} left out of the schema: Gemini has no such keywords")
    return written


def _written(node: Any, definitions: JsonObject, left_out: set[str], depth: int) -> JsonObject:
    if not isinstance(node, dict) or depth > _DEEPEST:
        if isinstance(node, dict):
            left_out.add("recursion")
        return {"type": "object"}
    if "$ref" in node:
        found = definitions.get(str(node["$ref"]))
        if found is None:
            left_out.add("$ref")
        rest = {name: value for name, value in node.items() if name != "$ref"}
        return _written({**mapping(found), **rest}, definitions, left_out, depth + 1)
    written: JsonObject = {}
    for name, value in node.items():
        if name in _KEPT:
            written[name] = value
        elif name == "properties":
            children = {key: _written(child, definitions, left_out, depth + 1) for key, child in mapping(value).items()}
            if children:
                written["properties"] = children
        elif name == "items":
            written["items"] = _written(value, definitions, left_out, depth + 1)
        elif name in ("anyOf", "oneOf"):
            _add_choices(written, value, definitions, left_out, depth)
        elif name == "allOf":
            for part in value if isinstance(value, list) else ():
                written |= _written(part, definitions, left_out, depth + 1)
        elif name == "const":
            _add_constant(written, value)
        elif name == "format":
            if value in _FORMATS:
                written["format"] = value
            else:
                left_out.add(f"format {value}")
        elif name not in ("type", *_IMPLIED):
            left_out.add(name)
    _add_type(written, node.get("type"))
    if "enum" in written:
        _make_texts(written)
    return written


def _add_choices(written: JsonObject, choices: Any, definitions: JsonObject, left_out: set[str], depth: int) -> None:
    options = [option for option in choices if isinstance(option, dict)] if isinstance(choices, list) else []
    real = [option for option in options if option.get("type") != "null"]
    if len(real) < len(options):
        written["nullable"] = True
    if len(real) == 1:
        for name, value in _written(real[0], definitions, left_out, depth + 1).items():
            written.setdefault(name, value)
    elif real:
        written["anyOf"] = [_written(option, definitions, left_out, depth + 1) for option in real]


def _add_constant(written: JsonObject, value: Any) -> None:
    if isinstance(value, str):
        written["enum"] = [value]
        written.setdefault("type", "string")


def _add_type(written: JsonObject, kind: Any) -> None:
    if isinstance(kind, list):
        kinds = [one for one in kind if one != "null"]
        if len(kinds) < len(kind):
            written["nullable"] = True
        if len(kinds) == 1:
            written["type"] = kinds[0]
        elif kinds:
            written["anyOf"] = [{"type": one} for one in kinds]
    elif isinstance(kind, str):
        written["type"] = kind
    elif "properties" in written:
        written["type"] = "object"


def _make_texts(written: JsonObject) -> None:
    """An enum can only hold strings."""
    values = written["enum"]
    if isinstance(values, list) and not all(isinstance(value, str) for value in values):
        if None in values:
            written["nullable"] = True
        texts = [value for value in values if isinstance(value, str)]
        if texts:
            written["enum"] = texts
        else:
            del written["enum"]
