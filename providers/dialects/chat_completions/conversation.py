"""Renders a chat completion and its request as one conversation."""

from providers.dialects.chat_completions.reassembly import reassemble
from providers.dialects.parts import images_of, parts_of, readable
from providers.dialects.stored_stream import is_stream
from providers.facts import ChatMessage, JsonObject, ToolCall, ToolResult
from providers.lenient import decode_object, mapping, mappings, text

_ROLES = {"developer": "system", "function": "tool"}


def messages(request_body: str | None, response_body: str | None) -> list[ChatMessage]:
    """Returns the messages sent, then those answered; a body that cannot be read adds none."""
    sent = mappings(decode_object(request_body or "").get("messages"))
    return [_message(message) for message in sent] + _answered(response_body or "")


def _answered(body: str) -> list[ChatMessage]:
    answer = reassemble(body) if is_stream(body) else decode_object(body)
    return [
        _message({"role": "assistant"} | mapping(choice.get("message"))) for choice in mappings(answer.get("choices"))
    ]


def _message(message: JsonObject) -> ChatMessage:
    role, content = text(message.get("role")) or "user", message.get("content")
    said = (
        readable(content) or text(message.get("refusal")) or text(mapping(message.get("audio")).get("transcript")) or ""
    )
    is_result = role in ("tool", "function")
    return ChatMessage(
        role=_ROLES.get(role, role),
        text="" if is_result else said,
        reasoning=text(message.get("reasoning_content")) or text(message.get("reasoning")) or _thinking(content),
        tool_calls=[*map(_tool_call, mappings(message.get("tool_calls"))), *_function_call(message)],
        tool_results=[ToolResult(call_id=text(message.get("tool_call_id")), text=said)] if is_result else [],
        images=images_of(content),
    )


def _tool_call(call: JsonObject) -> ToolCall:
    function = mapping(call.get("function") or call.get("custom"))
    arguments = text(function.get("arguments")) or text(function.get("input")) or ""
    return ToolCall(id=text(call.get("id")), name=text(function.get("name")), arguments=arguments)


def _function_call(message: JsonObject) -> list[ToolCall]:
    """The one call of a tool that messages had before `tool_calls`."""
    call = mapping(message.get("function_call"))
    return [ToolCall(name=text(call.get("name")), arguments=text(call.get("arguments")) or "")] if call else []


def _thinking(content: object) -> str | None:
    """Mistral puts its reasoning into the content, as parts of their own."""
    thought = [readable(part.get("thinking")) for part in parts_of(content) if part.get("type") == "thinking"]
    return "\n".join(thought) or None
