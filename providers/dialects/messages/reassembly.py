"""Puts a stored stream of message events together to the body it would have been without streaming."""

from providers.dialects.stored_stream import events_of
from providers.facts import JsonObject
from providers.lenient import decode_object, mapping, mappings, text, whole_number


def reassemble(body: str) -> JsonObject:
    """Returns one message; what never arrived is missing in it."""
    message: JsonObject = {"type": "message", "role": "assistant"}
    blocks: dict[int, JsonObject] = {}
    for event in events_of(body):
        kind, index = event.get("type"), whole_number(event.get("index"))
        if kind == "message_start":
            message = mapping(event.get("message"))
        elif kind == "content_block_start":
            blocks[index] = dict(mapping(event.get("content_block")))
        elif kind == "content_block_delta":
            _extend(blocks.setdefault(index, {"type": "text"}), mapping(event.get("delta")))
        elif kind == "message_delta":
            message |= mapping(event.get("delta"))
            message["usage"] = mapping(message.get("usage")) | mapping(event.get("usage"))
        elif "error" in event:
            message["error"] = event["error"]
    message["content"] = [_closed(block) for block in blocks.values()]
    return message


def _extend(block: JsonObject, delta: JsonObject) -> None:
    for name in ("text", "thinking", "signature", "partial_json"):
        more = text(delta.get(name))
        if more is not None:
            block[name] = (text(block.get(name)) or "") + more
    if "citation" in delta:
        block["citations"] = [*mappings(block.get("citations")), delta["citation"]]


def _closed(block: JsonObject) -> JsonObject:
    """Turns the pieces of a tool's input into the input; a torn one stays the text it is."""
    written = block.pop("partial_json", None)
    if written is None:
        return block
    return block | {"input": decode_object(written) or written}
