"""Turns the messages of a conversation, as the conventions write them, into those of chat completions."""

from collections.abc import Iterable
from typing import Any

from gateway.logged.otlp.attributes import in_order, structured, written
from providers.lenient import mapping, mappings, text

Message = dict[str, Any]


def of_parts(messages: Any) -> list[Message]:
    """OpenTelemetry: `[{"role": …, "parts": [{"type": "text", "content": …}, {"type": "tool_call", …}]}]`."""
    return [made for message in mappings(structured(messages)) for made in _of_parts(message)]


def of_instructions(instructions: Any) -> list[Message]:
    """OpenTelemetry's system instructions, which are parts without a message around them."""
    found = structured(instructions)
    if isinstance(found, str) and found:
        return [{"role": "system", "content": found}]
    return _of_parts({"role": "system", "parts": found}) if mappings(found) else []


def of_indexed(message: Any) -> Message | None:
    """OpenLLMetry: `gen_ai.prompt.0.role`, `.content`, `.tool_calls.0.name`; OpenInference behind `message`."""
    found = mapping(message)
    found = mapping(found.get("message")) or found
    contents = [mapping(mapping(each).get("message_content")) for each in in_order(found.get("contents"))]
    content = _content(filter(None, map(_content_part, contents))) if contents else structured(found.get("content"))
    calls = [mapping(mapping(each).get("tool_call")) or mapping(each) for each in in_order(found.get("tool_calls"))]
    if content is None and not calls and "role" not in found:
        return None
    return _message(
        text(found.get("role")) or "user",
        _parts_or_text(content),
        calls=[_call(call) for call in calls],
        call_id=text(found.get("tool_call_id")),
        reasoning=text(found.get("reasoning")) or text(found.get("reasoning_content")),
        finish_reason=text(found.get("finish_reason")),
    )


def of_vercel(messages: Any) -> list[Message]:
    """Vercel: content is a text, or parts such as `{"type": "tool-call", "toolCallId": …, "input": …}`."""
    made: list[Message] = []
    for message in mappings(structured(messages)):
        parts = mappings(message.get("content"))
        made += _of_parts(message | {"parts": list(map(_vercel_part, parts))}) if parts else of_chat([message])
    return made


def of_chat(messages: Any) -> list[Message]:
    """Messages that are chat completions' already, or nearly: a text, a list of them, or an object with them."""
    found = structured(messages)
    if isinstance(found, dict) and "messages" in found:
        found = found["messages"]
    if isinstance(found, str) and found:
        return [{"role": "user", "content": found}]
    listed = mappings(found) or mappings([found])
    return [message for message in listed if isinstance(message.get("role"), str)]


def of_event(name: str, attributes: dict[str, Any]) -> list[Message]:
    """OpenTelemetry's older events, one for each message: `gen_ai.user.message`, `gen_ai.choice`."""
    role = {"gen_ai.choice": "assistant"}.get(name, name.removeprefix("gen_ai.").removesuffix(".message"))
    said = mapping(structured(attributes.get("message"))) or attributes
    calls = mappings(structured(said.get("tool_calls")))
    content = structured(said.get("content"))
    if content is None and not calls:
        return []
    return [
        _message(
            text(said.get("role")) or role,
            _parts_or_text(content),
            calls=[_call(mapping(call.get("function")) | {"id": call.get("id")}) for call in calls],
            call_id=text(attributes.get("id")) if role == "tool" else None,
            finish_reason=text(attributes.get("finish_reason")),
        )
    ]


def _of_parts(message: Message) -> list[Message]:
    role = text(message.get("role")) or "user"
    parts = mappings(message.get("parts"))
    made: list[Message] = [
        _message("tool", written(part.get("response", part.get("result", ""))), call_id=text(part.get("id")))
        for part in parts
        if part.get("type") == "tool_call_response"
    ]
    content = _content(filter(None, map(_otel_part, parts)))
    calls = [_call(part) for part in parts if part.get("type") == "tool_call"]
    thought = [text(part.get("content")) or "" for part in parts if part.get("type") in ("reasoning", "thinking")]
    if content is not None or calls or not made:
        made.append(
            _message(
                role,
                content,
                calls=calls,
                reasoning="\n".join(thought) or None,
                finish_reason=text(message.get("finish_reason")),
            )
        )
    return made


def _message(
    role: str,
    content: Any,
    *,
    calls: Iterable[Message] = (),
    call_id: str | None = None,
    reasoning: str | None = None,
    finish_reason: str | None = None,
) -> Message:
    made: Message = {"role": role, "content": content}
    more = {
        "tool_calls": list(calls),
        "tool_call_id": call_id,
        "reasoning_content": reasoning,
        "finish_reason": finish_reason,
    }
    return made | {name: value for name, value in more.items() if value}


def _call(call: Message) -> Message:
    function = mapping(call.get("function")) or call
    arguments = function.get("arguments")
    return {
        "id": text(call.get("id")),
        "type": "function",
        "function": {
            "name": text(function.get("name")) or "",
            "arguments": "" if arguments is None else written(arguments),
        },
    }


def _otel_part(part: Message) -> Message | None:
    kind = part.get("type")
    if kind == "text":
        return {"type": "text", "text": text(part.get("content")) or ""}
    if kind in ("blob", "uri", "file") and (part.get("modality") or "image") == "image":
        data = f"data:{part.get('mime_type') or 'image/png'};base64,{part.get('content') or ''}"
        return {"type": "image_url", "image_url": {"url": text(part.get("uri")) or data}}
    if kind in ("blob", "uri", "file"):
        return {"type": "file", "file": {"filename": text(part.get("uri")) or text(part.get("file_id"))}}
    return None


def _vercel_part(part: Message) -> Message:
    """One of Vercel's parts as OpenTelemetry has it."""
    kind, id = part.get("type"), part.get("toolCallId")
    if kind == "tool-call":
        given = part.get("input", part.get("args"))
        return {"type": "tool_call", "id": id, "name": part.get("toolName"), "arguments": given}
    if kind == "tool-result":
        output = part.get("output", part.get("result"))
        return {"type": "tool_call_response", "id": id, "response": mapping(output).get("value", output)}
    if kind in ("image", "file"):
        return {"type": "uri", "uri": part.get("image") or part.get("data"), "modality": kind}
    return {"type": kind, "content": part.get("text")}


def _content_part(part: Message) -> Message | None:
    """One of OpenInference's contents."""
    if part.get("type") == "image":
        return {"type": "image_url", "image_url": {"url": mapping(mapping(part.get("image")).get("image")).get("url")}}
    return {"type": "text", "text": part["text"]} if text(part.get("text")) else None


def _content(parts: Iterable[Message]) -> Any:
    """Returns parts as content: one text where they are nothing else."""
    listed = list(parts)
    if all(part["type"] == "text" for part in listed):
        return "\n".join(part["text"] for part in listed) if listed else None
    return listed


def _parts_or_text(content: Any) -> Any:
    return content if content is None or isinstance(content, str) or mappings(content) else written(content)
