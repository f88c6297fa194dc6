"""Puts the stored frames of a Converse stream together to the body it would have been without streaming."""

from providers.dialects.frame_stream import error_of, stored_frames
from providers.facts import JsonObject
from providers.lenient import decode_object, mapping, text, whole_number


def reassemble(body: str) -> JsonObject:
    """Returns one answer; what never arrived is missing in it."""
    answer: JsonObject = {}
    blocks: dict[int, JsonObject] = {}
    message: JsonObject = {"role": "assistant", "content": []}
    for frame in stored_frames(body):
        kind, event = frame.headers.get(":event-type"), decode_object(frame.payload)
        if frame.headers.get(":message-type", "event") != "event":
            type, said = error_of(frame)
            answer |= {"__type": type, "message": said}
        elif kind == "messageStart":
            message["role"] = text(event.get("role")) or "assistant"
        elif kind in ("contentBlockStart", "contentBlockDelta"):
            block = blocks.setdefault(whole_number(event.get("contentBlockIndex")), {})
            _extend(block, mapping(event.get("start")) or mapping(event.get("delta")))
        elif kind in ("messageStop", "metadata"):
            answer |= {name: value for name, value in event.items() if name != "p"}  # `p` is padding.
    message["content"] = [_closed(block) for block in blocks.values()]
    return {"output": {"message": message}} | answer


def _extend(block: JsonObject, delta: JsonObject) -> None:
    said = text(delta.get("text"))
    if said is not None:
        block["text"] = (text(block.get("text")) or "") + said
    call = mapping(delta.get("toolUse"))
    if call:
        known = block.setdefault("toolUse", {})
        written = (text(known.get("input")) or "") + (text(call.get("input")) or "")
        known |= call | {"input": written}
    reasoning = mapping(delta.get("reasoningContent"))
    if reasoning:
        known = mapping(block.setdefault("reasoningContent", {}).setdefault("reasoningText", {}))
        for name in ("text", "signature"):
            if text(reasoning.get(name)) is not None:
                known[name] = (text(known.get(name)) or "") + reasoning[name]


def _closed(block: JsonObject) -> JsonObject:
    """Turns the pieces of a tool's input into the input; a torn one stays the text it is."""
    call = block.get("toolUse")
    if call is not None:
        call["input"] = decode_object(call["input"]) or call["input"]
    return block
