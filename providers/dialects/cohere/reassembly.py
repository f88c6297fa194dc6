"""Puts a stored stream of Cohere's chat events together to the body it would have been without streaming."""

from providers.dialects.stored_stream import events_of
from providers.facts import JsonObject
from providers.lenient import mapping, text, whole_number


def reassemble(body: str) -> JsonObject:
    """Returns one answer; what never arrived is missing in it."""
    answer: JsonObject = {}
    blocks: dict[int, JsonObject] = {}
    calls: dict[int, JsonObject] = {}
    message: JsonObject = {"role": "assistant"}
    for event in events_of(body):
        kind, index, delta = event.get("type"), whole_number(event.get("index")), mapping(event.get("delta"))
        piece = mapping(delta.get("message"))
        if kind == "message-start":
            answer["id"] = event.get("id")
        elif kind in ("content-start", "content-delta"):
            _extend(blocks.setdefault(index, {}), mapping(piece.get("content")), ("text", "thinking"))
        elif kind == "tool-plan-delta":
            _extend(message, piece, ("tool_plan",))
        elif kind in ("tool-call-start", "tool-call-delta"):
            _extend_call(calls.setdefault(index, {"function": {}}), mapping(piece.get("tool_calls")))
        elif kind == "message-end":
            answer |= delta
    if blocks:
        message["content"] = list(blocks.values())
    if calls:
        message["tool_calls"] = list(calls.values())
    return answer | {"message": message}


def _extend(whole: JsonObject, piece: JsonObject, texts: tuple[str, ...]) -> None:
    for name, value in piece.items():
        if name in texts:
            whole[name] = (text(whole.get(name)) or "") + (text(value) or "")
        else:
            whole.setdefault(name, value)


def _extend_call(call: JsonObject, piece: JsonObject) -> None:
    _extend(call, {name: value for name, value in piece.items() if name != "function"}, ())
    _extend(call["function"], mapping(piece.get("function")), ("arguments",))
