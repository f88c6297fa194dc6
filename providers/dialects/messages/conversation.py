"""Renders a message and its request as one conversation."""

import msgspec

from providers.dialects.messages.reassembly import reassemble
from providers.dialects.parts import images_of, parts_of, readable
from providers.dialects.stored_stream import is_stream
from providers.facts import ChatMessage, JsonObject, ToolCall, ToolResult
from providers.lenient import decode_object, mappings, text

_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")


def messages(request_body: str | None, response_body: str | None) -> list[ChatMessage]:
    """Returns the system prompt and the messages sent, then the answer; a body that cannot be read adds none."""
    request, body = decode_object(request_body or ""), response_body or ""
    rendered = [_message(message) for message in mappings(request.get("messages"))]
    system = readable(request.get("system"))
    if system:
        rendered.insert(0, ChatMessage(role="system", text=system))
    answer = reassemble(body) if is_stream(body) else decode_object(body)
    if parts_of(answer.get("content")):
        rendered.append(_message({"role": "assistant"} | answer))
    return rendered


def _message(message: JsonObject) -> ChatMessage:
    content = message.get("content")
    parts = parts_of(content)
    results = [part for part in parts if str(part.get("type")).endswith("tool_result")]
    said = readable(content)
    # Results come in a user's name; a message that holds nothing else is the tool's.
    is_tools = bool(results) and not said and len(results) == len(parts)
    return ChatMessage(
        role="tool" if is_tools else text(message.get("role")) or "user",
        text=said,
        reasoning="\n".join(filter(None, map(_thought, parts))) or None,
        tool_calls=[_tool_call(dict(part)) for part in parts if part.get("type") in _CALLS],
        tool_results=[_tool_result(dict(part)) for part in results],
        images=[*images_of(content), *(image for part in results for image in images_of(part.get("content")))],
    )


def _thought(part: object) -> str | None:
    if not isinstance(part, dict) or part.get("type") not in ("thinking", "redacted_thinking"):
        return None
    return text(part.get("thinking")) or "[redacted]"


def _tool_call(part: JsonObject) -> ToolCall:
    given = part.get("input", {})
    arguments = given if isinstance(given, str) else msgspec.json.encode(given).decode()
    return ToolCall(id=text(part.get("id")), name=text(part.get("name")), arguments=arguments)


def _tool_result(part: JsonObject) -> ToolResult:
    content = part.get("content")
    said = readable(content)
    if not said and content and not images_of(content):
        said = msgspec.json.encode(content).decode()
    return ToolResult(call_id=text(part.get("tool_use_id")), text=said, is_error=part.get("is_error") is True)
