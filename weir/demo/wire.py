"""The bodies of the demo's calls, in the vendors' wire formats."""

from typing import Any

import msgspec

from weir.demo.features import Call, Message
from weir.upstream import chat_completions, messages, responses
from weir.upstream.answer import Answer
from weir.upstream.behaviour import Behaviour

_IN_CHUNKS = Behaviour(chunks=12)
_ERRORS = {
    400: ("invalid_request_error", "This model's maximum context length is exceeded. Please reduce the messages."),
    429: ("rate_limit_error", "Rate limit reached. Please try again in 1.2s."),
    500: ("api_error", "The server had an error while processing your request."),
    503: ("server_error", "The engine is currently overloaded, please try again later."),
    529: ("overloaded_error", "Overloaded"),
}


def request_body(call: Call, user_id: str) -> bytes:
    if call.model.dialect == "chat_completions":
        return msgspec.json.encode(_chat_request(call, user_id))
    if call.model.dialect == "messages":
        return msgspec.json.encode(_messages_request(call, user_id))
    return msgspec.json.encode(_responses_request(call, user_id))


def response_body(call: Call, answer: Answer) -> bytes:
    """Writes the response, as a stream if the call asks for one."""
    dialect: Any = {"chat_completions": chat_completions, "messages": messages, "responses": responses}[
        call.model.dialect
    ]
    request = _REQUESTS[call.model.dialect]
    if call.is_stream:
        return b"".join(event for _, event in dialect.events(answer, request, _IN_CHUNKS))
    body: bytes = dialect.body(answer, request)
    return body


def cut_stream(body: bytes, share: float) -> bytes:
    """Returns the beginning of a stream that broke between two events."""
    events = body.split(b"\n\n")
    return b"\n\n".join(events[: max(2, int(len(events) * share))]) + b"\n\n"


def error_body(call: Call, status: int) -> bytes:
    kind, message = _ERRORS[status]
    if call.model.dialect == "messages":
        return msgspec.json.encode({"type": "error", "error": {"type": kind, "message": message}})
    return msgspec.json.encode({"error": {"message": message, "type": kind, "param": None, "code": None}})


def error_message(status: int) -> str:
    return _ERRORS[status][1]


_REQUESTS = {
    "chat_completions": chat_completions.request_decoder.decode(
        b'{"model":"","messages":[],"stream_options":{"include_usage":true}}'
    ),
    "messages": messages.request_decoder.decode(b'{"model":"","messages":[]}'),
    "responses": responses.request_decoder.decode(b'{"model":""}'),
}


def _chat_request(call: Call, user_id: str) -> dict[str, Any]:
    said = [_chat_message(message, index) for index, message in enumerate(call.messages)]
    system = [{"role": "system", "content": call.system}] if call.system else []
    body: dict[str, Any] = {"model": call.model.name, "messages": system + said, "temperature": 0.2, "user": user_id}
    if call.tools:
        body["tools"] = [{"type": "function", "function": _tool(name) | {"strict": True}} for name in call.tools]
    if call.is_stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


def _chat_message(message: Message, index: int) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": f"call_{index - 1}", "content": message.text}
    if message.tool_call is None:
        return {"role": message.role, "content": message.text}
    name, arguments = message.tool_call
    call = {"id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": message.role, "content": message.text or None, "tool_calls": [call]}


def _messages_request(call: Call, user_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": call.model.name,
        "max_tokens": 4096,
        "system": [{"type": "text", "text": call.system, "cache_control": {"type": "ephemeral"}}],
        "messages": [_messages_message(message, index) for index, message in enumerate(call.messages)],
        "metadata": {"user_id": user_id},
    }
    if call.tools:
        body["tools"] = [
            {"name": name, "description": _tool(name)["description"], "input_schema": _SCHEMA} for name in call.tools
        ]
    return body | {"stream": True} if call.is_stream else body


def _messages_message(message: Message, index: int) -> dict[str, Any]:
    if message.role == "tool":
        result = {"type": "tool_result", "tool_use_id": f"toolu_{index - 1}", "content": message.text}
        return {"role": "user", "content": [result]}
    if message.tool_call is None:
        return {"role": message.role, "content": message.text}
    name, arguments = message.tool_call
    use = {"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": msgspec.json.decode(arguments)}
    return {"role": message.role, "content": [{"type": "text", "text": message.text}, use]}


def _responses_request(call: Call, user_id: str) -> dict[str, Any]:
    said = [{"role": message.role, "content": message.text} for message in call.messages]
    body = {"model": call.model.name, "instructions": call.system, "input": said, "user": user_id}
    return body | {"reasoning": {"effort": "low"}, "max_output_tokens": 2000}


_SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}, "order_id": {"type": "string"}}}


def _tool(name: str) -> dict[str, Any]:
    return {"name": name, "description": f"{name.replace('_', ' ').capitalize()}.", "parameters": _SCHEMA}
