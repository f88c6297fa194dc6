"""Output items of responses, written."""

from providers.facts import JsonObject
from providers.translation import neutral, signatures
from providers.translation.asked import Asked
from providers.translation.responses.envelope import ending, envelope

_DIALECT = "responses"
_PREFIXES = {"text": "msg_", "refusal": "msg_", "thought": "rs_", "tool_call": "fc_", "custom": "ctc_"}


def write_response(response: neutral.Response, asked: Asked) -> JsonObject:
    """Returns the body of a response."""
    written = envelope(asked, id=response.id, model=response.model, created_at=response.created_at)
    output = [write_item(part, i, asked) for i, part in enumerate(response.parts)]
    return written | ending(output, response.finish_reason, response.usage)


def item_id(kind: str, index: int, asked: Asked) -> str:
    return f"{_PREFIXES[kind]}{asked.seed}{index:02d}"


def write_item(part: neutral.Part, index: int, asked: Asked) -> JsonObject:
    """Writes one part as an item of the output."""
    if isinstance(part, neutral.Thought):
        return write_thought(part, item_id("thought", index, asked))
    if isinstance(part, neutral.ToolCall):
        is_custom = part.is_custom or part.name in asked.custom_tools
        return write_call(part, item_id("custom" if is_custom else "tool_call", index, asked), asked)
    return write_message(part, item_id("text", index, asked))


def write_thought(thought: neutral.Thought, id: str) -> JsonObject:
    item: JsonObject = {"id": id, "type": "reasoning", "summary": []}
    if thought.text:
        item["summary"] = [{"type": "summary_text", "text": thought.text}]
    if thought.signature is not None:
        item["encrypted_content"] = signatures.written(thought.signature, _DIALECT)
    return item


def write_call(call: neutral.ToolCall, id: str, asked: Asked, status: str = "completed") -> JsonObject:
    if call.is_custom or call.name in asked.custom_tools:
        said = asked.custom_input(call)
        kind: JsonObject = {"type": "custom_tool_call", "status": status, "call_id": call.id, "input": said}
    else:
        kind = {"type": "function_call", "status": status, "arguments": call.arguments, "call_id": call.id}
    namespace = asked.namespaces.get(call.name)
    if namespace is not None:
        return {"id": id, **kind, "name": call.name.removeprefix(f"{namespace}__"), "namespace": namespace}
    return {"id": id, **kind, "name": call.name}


def write_message(part: neutral.Part, id: str, status: str = "completed") -> JsonObject:
    return {"id": id, "type": "message", "status": status, "content": [write_content(part)], "role": "assistant"}


def write_content(part: neutral.Part) -> JsonObject:
    if isinstance(part, neutral.Refusal):
        return {"type": "refusal", "refusal": part.text}
    said = part.text if isinstance(part, neutral.Text) else ""
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": said}
