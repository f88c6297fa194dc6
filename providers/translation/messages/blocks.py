"""Blocks of content in messages, read and written."""

from typing import cast

import msgspec

from providers.facts import JsonObject
from providers.translation import neutral, signatures
from providers.translation.cache_marks import cache_control, read_mark
from providers.translation.custom_tools import arguments_of
from providers.translation.ids import fitting
from providers.translation.media import media_type_of, words_in
from providers.translation.messages import fields
from providers.translation.notes import Notes, Untranslatable
from providers.translation.source import Source

DIALECT = "messages"


def read_block(block: Source) -> neutral.Part:
    """Reads one block of a request."""
    kind, mark = block.need_text("type"), read_mark(block)
    read: neutral.Part
    if kind == "text":
        read = neutral.Text(block.need_text("text"))
    elif kind == "image":
        read = _image(block.inner("source") or block)
    elif kind == "document":
        read = _document(block)
    elif kind == "tool_use":
        arguments = msgspec.json.encode(block.mapping("input") or {}).decode()
        read = neutral.ToolCall(block.need_text("id"), block.need_text("name"), arguments)
    elif kind == "tool_result":
        read = _tool_result(block)
    elif kind == "thinking":
        read = neutral.Thought(block.text("thinking") or "", _signature(block.text("signature")))
    elif kind == "redacted_thinking":
        read = neutral.Thought(signature=_signature(block.text("data"), signatures.REDACTED))
    else:
        raise Untranslatable(f"{block.where('type')} {kind!r} cannot be translated", block.where("type"))
    block.finish(fields.BLOCK)
    if mark is not None and not isinstance(read, (neutral.Thought, neutral.Refusal, neutral.Audio)):
        read.cache = mark
    return read


def _signature(value: str | None, id: str = "") -> signatures.Signature | None:
    return signatures.read(value, DIALECT, id) if value else None


def _image(source: Source) -> neutral.Image:
    image = neutral.Image(
        media_type=source.text("media_type"),
        data=source.text("data"),
        url=source.text("url"),
        file_id=source.text("file_id"),
    )
    source.take("type")
    return image


def _document(block: Source) -> neutral.File:
    source, name = block.inner("source") or block, block.text("title")
    kind, data = source.need_text("type"), source.text("data")
    if kind == "content":
        # A document made of blocks: its text is what there is to read.
        inner = source.peek("content")
        said = inner if isinstance(inner, str) else None
        if said is None:
            parts = [read_block(part) for part in source.objects("content")]
            said = "\n".join(part.text for part in parts if isinstance(part, neutral.Text))
        return neutral.File(media_type="text/plain", text=said, name=name)
    if kind == "text":
        return neutral.File(media_type="text/plain", text=data, name=name)
    return neutral.File(
        media_type=source.text("media_type") or "application/pdf",
        data=data,
        url=source.text("url"),
        file_id=source.text("file_id"),
        name=name,
    )


def _tool_result(block: Source) -> neutral.ToolResult:
    call_id, is_error = block.need_text("tool_use_id"), block.flag("is_error") or False
    if isinstance(block.peek("content"), str):
        content: list[neutral.Part] = [neutral.Text(block.take("content"))]
    else:
        content = [read_block(part) for part in block.objects("content")]
    for part in content:
        if not isinstance(part, (neutral.Text, neutral.Image, neutral.File)):
            raise Untranslatable(f"{block.where('content')} holds what no tool can answer", block.where("content"))
    return neutral.ToolResult(call_id, cast(list[neutral.Text | neutral.Image | neutral.File], content), is_error)


def write_part(part: neutral.Part, notes: Notes) -> JsonObject | None:
    """Writes one part of a request; None if there is nothing to say, for the provider refuses empty text."""
    if isinstance(part, (neutral.Text, neutral.Refusal)):
        mark = part.cache if isinstance(part, neutral.Text) else None
        return {"type": "text", "text": part.text, **cache_control(mark)} if part.text.strip() else None
    if isinstance(part, neutral.Image):
        return {"type": "image", "source": _written_image(part), **cache_control(part.cache)}
    if isinstance(part, neutral.File):
        return _written_document(part)
    if isinstance(part, neutral.ToolCall):
        return {**write_call(part), **cache_control(part.cache)}
    if isinstance(part, neutral.ToolResult):
        return {**_written_result(part, notes), **cache_control(part.cache)}
    if isinstance(part, neutral.Thought):
        return _written_thought(part, notes)
    raise Untranslatable("sounds have no place in messages: send their words")


def write_call(call: neutral.ToolCall) -> JsonObject:
    """Writes a call; a custom tool's free text is the one argument of a function here."""
    arguments = arguments_of(call)
    return {"type": "tool_use", "id": fitting(call.id), "name": call.name, "input": arguments}


def write_thought(thought: neutral.Thought) -> JsonObject:
    """Writes reasoning for a caller, who may send it back."""
    signature = signatures.written(thought.signature, DIALECT) if thought.signature else ""
    if thought.is_redacted:
        return {"type": "redacted_thinking", "data": signature}
    return {"type": "thinking", "thinking": thought.text, "signature": signature}


def _written_thought(thought: neutral.Thought, notes: Notes) -> JsonObject | None:
    if thought.signature is None or thought.signature.origin != DIALECT:
        notes.warn("reasoning of earlier turns is left out where this provider's own signature does not prove it")
        return None
    return write_thought(thought)


def _written_image(image: neutral.Image) -> JsonObject:
    if image.data is not None:
        return {"type": "base64", "media_type": image.media_type or "image/png", "data": image.data}
    if image.url is not None:
        return {"type": "url", "url": image.url}
    raise Untranslatable("an image by file id belongs to the provider that stored it: send base64 or a URL")


def _written_document(file: neutral.File) -> JsonObject:
    source: JsonObject
    media_type = file.media_type or media_type_of(file.name) or "application/pdf"
    said = file.text if file.data is None else words_in(media_type, file.data)
    if said is not None:
        source = {"type": "text", "media_type": "text/plain", "data": said}
    elif file.data is not None and media_type == "application/pdf":
        source = {"type": "base64", "media_type": media_type, "data": file.data}
    elif file.url is not None:
        source = {"type": "url", "url": file.url}
    elif file.data is not None:
        raise Untranslatable(f"a document of type {media_type} has no place in messages: send a PDF or plain text")
    else:
        raise Untranslatable("a document by file id belongs to the provider that stored it: send base64 or a URL")
    written: JsonObject = {"type": "document", "source": source, **cache_control(file.cache)}
    if file.name is not None:
        written["title"] = file.name
    return written


def _written_result(result: neutral.ToolResult, notes: Notes) -> JsonObject:
    content = [block for part in result.content if (block := write_part(part, notes)) is not None]
    written: JsonObject = {"type": "tool_result", "tool_use_id": fitting(result.call_id), "content": content}
    if len(content) == 1 and content[0]["type"] == "text":
        written["content"] = content[0]["text"]
    if result.is_error:
        written["is_error"] = True
    return written
