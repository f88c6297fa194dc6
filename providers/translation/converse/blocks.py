"""Blocks of content in Converse, written."""

import re

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.cache_marks import cache_point
from providers.translation.custom_tools import arguments_of
from providers.translation.ids import fitting
from providers.translation.media import media_type_of
from providers.translation.messages.blocks import DIALECT
from providers.translation.notes import Notes, Untranslatable

ORIGIN = DIALECT
"""The models that sign their reasoning here are Anthropic's, and a signature of theirs holds at either place."""
_NO_URL = "Converse takes no files by URL or id: send base64"
_IMAGES = ("png", "jpeg", "gif", "webp")
_DOCUMENTS = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/markdown": "md",
    "text/csv": "csv",
    "text/html": "html",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
_NAME = re.compile(r"[^a-zA-Z0-9()\[\]-]+")


def write_parts(parts: list[neutral.Part], notes: Notes) -> list[JsonObject]:
    """Writes what one speaker says, a mark behind each part that has one."""
    blocks: list[JsonObject] = []
    for part in parts:
        block = _block(part, notes)
        if block is not None:
            blocks.append(block)
            mark = getattr(part, "cache", None)
            if mark is not None:
                blocks.append(cache_point(mark))
    return blocks


def _block(part: neutral.Part, notes: Notes) -> JsonObject | None:
    if isinstance(part, (neutral.Text, neutral.Refusal)):
        return {"text": part.text} if part.text.strip() else None
    if isinstance(part, neutral.Image):
        return {"image": _image(part)}
    if isinstance(part, neutral.File):
        return {"document": _document(part)}
    if isinstance(part, neutral.Audio):
        return {"audio": {"format": part.format, "source": {"bytes": part.data}}}
    if isinstance(part, neutral.ToolCall):
        arguments = arguments_of(part)
        return {"toolUse": {"toolUseId": fitting(part.id), "name": part.name, "input": arguments}}
    if isinstance(part, neutral.ToolResult):
        return {"toolResult": _result(part, notes)}
    return _thought(part, notes)


def _image(image: neutral.Image) -> JsonObject:
    if image.data is None:
        raise Untranslatable(_NO_URL)
    kind = (image.media_type or "image/png").removeprefix("image/").replace("jpg", "jpeg")
    if kind not in _IMAGES:
        raise Untranslatable(f"images of type {image.media_type} have no place in Converse: send {', '.join(_IMAGES)}")
    return {"format": kind, "source": {"bytes": image.data}}


def _document(file: neutral.File) -> JsonObject:
    media_type = file.media_type or media_type_of(file.name) or "application/pdf"
    name = (
        _NAME.sub("-", (file.name or "document").rpartition(".")[0] or file.name or "document").strip("-") or "document"
    )
    if file.text is not None:
        return {"format": "txt", "name": name, "source": {"text": file.text}}
    if file.data is None:
        raise Untranslatable(_NO_URL)
    if media_type not in _DOCUMENTS:
        raise Untranslatable(f"documents of type {media_type} have no place in Converse")
    return {"format": _DOCUMENTS[media_type], "name": name, "source": {"bytes": file.data}}


def _result(result: neutral.ToolResult, notes: Notes) -> JsonObject:
    content = [block for part in result.content if (block := _block(part, notes)) is not None]
    written: JsonObject = {"toolUseId": fitting(result.call_id), "content": content or [{"text": "(no output)"}]}
    return {**written, "status": "error"} if result.is_error else written


def _thought(thought: neutral.Thought, notes: Notes) -> JsonObject | None:
    if thought.signature is None or thought.signature.origin != ORIGIN:
        notes.warn("reasoning of earlier turns is left out where this provider's own signature does not prove it")
        return None
    if thought.is_redacted:
        return {"reasoningContent": {"redactedContent": thought.signature.value}}
    return {"reasoningContent": {"reasoningText": {"text": thought.text, "signature": thought.signature.value}}}
