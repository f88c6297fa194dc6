"""Renders an answer of Cohere's chat and its request as one conversation."""

import msgspec

from providers.dialects.cohere.reassembly import reassemble
from providers.dialects.parts import images_of, parts_of, readable
from providers.dialects.stored_stream import is_stream
from providers.facts import ChatMessage, JsonObject, ToolCall, ToolResult
from providers.lenient import decode_object, mapping, mappings, text


def messages(request_body: str | None, response_body: str | None) -> list[ChatMessage]:
    """Returns the messages sent, then the one answered; a body that cannot be read adds none."""
    body = response_body or ""
    sent = mappings(decode_object(request_body or "").get("messages"))
    answer = mapping((reassemble(body) if is_stream(body) else decode_object(body)).get("message"))
    answered = [{"role": "assistant"} | answer] if answer.keys() - {"role"} else []
    return [_message(message) for message in [*sent, *answered]]


def _message(message: JsonObject) -> ChatMessage:
    role, content = text(message.get("role")) or "user", message.get("content")
    said = _result_text(content) if role == "tool" else readable(content)
    result = ToolResult(call_id=text(message.get("tool_call_id")), text=said)
    return ChatMessage(
        role=role,
        text="" if role == "tool" else said,
        reasoning=text(message.get("tool_plan")) or _thinking(content),
        tool_calls=[_tool_call(call) for call in mappings(message.get("tool_calls"))],
        tool_results=[result] if role == "tool" else [],
        images=images_of(content),
    )


def _tool_call(call: JsonObject) -> ToolCall:
    function = mapping(call.get("function"))
    arguments = text(function.get("arguments")) or ""
    return ToolCall(id=text(call.get("id")), name=text(function.get("name")), arguments=arguments)


def _thinking(content: object) -> str | None:
    thought = [text(part.get("thinking")) for part in parts_of(content) if part.get("type") == "thinking"]
    return "\n".join(filter(None, thought)) or None


def _result_text(content: object) -> str:
    """A tool answers with text or with documents, whose data are a text or an object."""
    documents = [mapping(part.get("document")).get("data") for part in parts_of(content)]
    found = [data if isinstance(data, str) else msgspec.json.encode(data).decode() for data in documents if data]
    return "\n".join(filter(None, [readable([part for part in parts_of(content) if "document" not in part]), *found]))
