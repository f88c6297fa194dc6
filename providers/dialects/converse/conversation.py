"""Renders a Converse answer and its request as one conversation."""

import msgspec

from providers.dialects.converse.reassembly import reassemble
from providers.dialects.parts import parts_of, text_of
from providers.facts import ChatMessage, Image, JsonObject, ToolCall, ToolResult
from providers.lenient import decode_object, mapping, mappings, text


def messages(request_body: str | None, response_body: str | None) -> list[ChatMessage]:
    """Returns the system prompt and the messages sent, then the answer; a body that cannot be read adds none."""
    request, body = decode_object(request_body or ""), response_body or ""
    rendered = [_message(message) for message in mappings(request.get("messages"))]
    system = text_of(request.get("system"))
    if system:
        rendered.insert(0, ChatMessage(role="system", text=system))
    answered = mapping(mapping((decode_object(body) or reassemble(body)).get("output")).get("message"))
    if mappings(answered.get("content")):
        rendered.append(_message({"role": "assistant"} | answered))
    return rendered


def _message(message: JsonObject) -> ChatMessage:
    blocks = [dict(part) for part in parts_of(message.get("content"))]
    results = [mapping(block.get("toolResult")) for block in blocks if mapping(block.get("toolResult"))]
    said = _readable(blocks)
    # Results come in a user's name; a message that holds nothing else is the tool's.
    is_tools = bool(results) and not said and len(results) == len(blocks)
    return ChatMessage(
        role="tool" if is_tools else text(message.get("role")) or "user",
        text=said,
        reasoning="\n".join(filter(None, map(_thought, blocks))) or None,
        tool_calls=[_tool_call(call) for block in blocks if (call := mapping(block.get("toolUse")))],
        tool_results=[_tool_result(result) for result in results],
        images=[image for block in blocks for image in _images(block)],
    )


def _readable(blocks: list[JsonObject]) -> str:
    lines = [text(block.get("text")) or _attachment(block) for block in blocks]
    return "\n".join(line for line in lines if line)


def _attachment(block: JsonObject) -> str | None:
    document, video = mapping(block.get("document")), mapping(block.get("video"))
    if document:
        return f"[file {text(document.get('name')) or ''}.{text(document.get('format')) or ''}]"
    return f"[video {text(video.get('format')) or ''}]" if video else None


def _images(block: JsonObject) -> list[Image]:
    found = [mapping(block.get("image"))]
    found += [mapping(part.get("image")) for part in mappings(mapping(block.get("toolResult")).get("content"))]
    return [
        Image(
            media_type=f"image/{format}" if (format := text(image.get("format"))) else None,
            url=text(mapping(mapping(image.get("source")).get("s3Location")).get("uri")),
        )
        for image in found
        if image
    ]


def _thought(block: JsonObject) -> str | None:
    reasoning = mapping(block.get("reasoningContent"))
    if not reasoning:
        return None
    return text(mapping(reasoning.get("reasoningText")).get("text")) or "[redacted]"


def _tool_call(call: JsonObject) -> ToolCall:
    given = call.get("input", {})
    arguments = given if isinstance(given, str) else msgspec.json.encode(given).decode()
    return ToolCall(id=text(call.get("toolUseId")), name=text(call.get("name")), arguments=arguments)


def _tool_result(result: JsonObject) -> ToolResult:
    lines = [
        text(part.get("text")) or (msgspec.json.encode(part["json"]).decode() if "json" in part else "")
        for part in mappings(result.get("content"))
    ]
    return ToolResult(
        call_id=text(result.get("toolUseId")),
        text="\n".join(line for line in lines if line),
        is_error=result.get("status") == "error",
    )
