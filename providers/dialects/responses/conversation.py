"""Renders a response and its request as one conversation."""

import msgspec

from providers.dialects.parts import images_of, readable
from providers.dialects.responses.reassembly import reassemble
from providers.dialects.stored_stream import is_stream
from providers.facts import ChatMessage, JsonObject, ToolCall, ToolResult
from providers.lenient import decode_object, mappings, text

_ROLES = {"developer": "system"}


def messages(request_body: str | None, response_body: str | None) -> list[ChatMessage]:
    """Returns what was sent, then what was answered; a body that cannot be read adds nothing."""
    request, body = decode_object(request_body or ""), response_body or ""
    answer = reassemble(body) if is_stream(body) else decode_object(body)
    rendered = [_item(item) for item in _sent(request)] + [_item(item) for item in mappings(answer.get("output"))]
    instructions = readable(request.get("instructions"))
    if instructions:
        rendered.insert(0, ChatMessage(role="system", text=instructions))
    return [message for message in rendered if message is not None]


def _sent(request: JsonObject) -> list[JsonObject]:
    given = request.get("input")
    return [{"role": "user", "content": given}] if isinstance(given, str) else mappings(given)


def _item(item: JsonObject) -> ChatMessage | None:
    kind = text(item.get("type")) or "message"
    if kind == "message":
        role, content = text(item.get("role")) or "user", item.get("content")
        return ChatMessage(role=_ROLES.get(role, role), text=readable(content), images=images_of(content))
    if kind == "reasoning":
        thought = readable(item.get("summary")) or readable(item.get("content"))
        return ChatMessage(role="assistant", reasoning=thought) if thought else None
    if kind.endswith("_call_output"):
        result = ToolResult(call_id=text(item.get("call_id")), text=_output(item.get("output")))
        return ChatMessage(role="tool", tool_results=[result], images=images_of(item.get("output")))
    if kind.endswith("_call"):
        return ChatMessage(role="assistant", tool_calls=[_call(kind, item)])
    return None


def _call(kind: str, item: JsonObject) -> ToolCall:
    given = item.get("arguments") or item.get("input") or item.get("action") or item.get("code") or ""
    return ToolCall(
        id=text(item.get("call_id")) or text(item.get("id")),
        name=text(item.get("name")) or kind.removesuffix("_call"),
        arguments=given if isinstance(given, str) else msgspec.json.encode(given).decode(),
    )


def _output(output: object) -> str:
    if isinstance(output, (str, list)):
        return readable(output)
    return "" if output is None else msgspec.json.encode(output).decode()
