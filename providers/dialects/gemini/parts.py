"""Gemini's content is a list of parts, each told by the one member it has."""

from typing import Any

import msgspec

from providers.facts import Image, JsonObject, ToolCall, ToolResult
from providers.lenient import mapping, mappings, text


def parts_of(content: object) -> list[JsonObject]:
    """Returns the parts of a content; SDKs let their callers write a bare text or a single part as well."""
    if isinstance(content, str):
        return [{"text": content}] if content else []
    parts = mapping(content).get("parts")
    return [parts] if isinstance(parts, dict) else mappings(parts)


def readable(parts: list[JsonObject]) -> str:
    """Returns the text of the parts, thoughts apart, with a line in brackets where a file or a sound was."""
    lines = [_line(part) for part in parts if part.get("thought") is not True]
    return "\n".join(line for line in lines if line)


def thoughts_of(parts: list[JsonObject]) -> str | None:
    thoughts = [text(part.get("text")) for part in parts if part.get("thought") is True]
    return "\n".join(filter(None, thoughts)) or None


def images_of(parts: list[JsonObject]) -> list[Image]:
    """Returns a placeholder for every image; other media are lines in the text."""
    images = []
    for part in parts:
        data = _media(part)
        media_type = text(data.get("mimeType"))
        if media_type is not None and media_type.startswith("image/"):
            images.append(Image(media_type=media_type, url=text(data.get("fileUri"))))
    return images


def calls_of(parts: list[JsonObject]) -> list[ToolCall]:
    """Returns the calls of the caller's functions, and of Google's code execution."""
    calls = []
    for part in parts:
        function, code = mapping(part.get("functionCall")), mapping(part.get("executableCode"))
        if function:
            arguments = _json(function.get("args", {}))
            calls.append(ToolCall(id=text(function.get("id")), name=text(function.get("name")), arguments=arguments))
        elif code:
            calls.append(ToolCall(name="code_execution", arguments=text(code.get("code")) or ""))
    return calls


def results_of(parts: list[JsonObject]) -> list[ToolResult]:
    results = []
    for part in parts:
        answered, executed = mapping(part.get("functionResponse")), mapping(part.get("codeExecutionResult"))
        if answered:
            # Without an id a call is answered by its name.
            call_id = text(answered.get("id")) or text(answered.get("name"))
            results.append(ToolResult(call_id=call_id, text=_json(answered.get("response"))))
        elif executed:
            is_error = executed.get("outcome") not in (None, "OUTCOME_OK")
            results.append(ToolResult(text=text(executed.get("output")) or "", is_error=is_error))
    return results


def _line(part: JsonObject) -> str:
    said = text(part.get("text"))
    if said is not None:
        return said
    media_type = text(_media(part).get("mimeType"))
    if media_type is None or media_type.startswith("image/"):
        return ""
    kind, _, format = media_type.partition("/")
    return f"[{kind} {format}]" if kind in ("audio", "video") else f"[file {media_type}]"


def _media(part: JsonObject) -> JsonObject:
    return mapping(part.get("inlineData")) or mapping(part.get("fileData"))


def _json(value: Any) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()
