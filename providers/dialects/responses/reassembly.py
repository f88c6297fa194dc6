"""Puts a stored stream of response events together to the body it would have been without streaming."""

from providers.dialects.stored_stream import events_of
from providers.facts import JsonObject
from providers.lenient import mapping, mappings, text, whole_number

_ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


def reassemble(body: str) -> JsonObject:
    """Returns one response: the one in the last event, or what had arrived when the stream broke."""
    response: JsonObject = {"object": "response"}
    items: dict[int, JsonObject] = {}
    for event in events_of(body):
        kind, whole = event.get("type"), mapping(event.get("response"))
        if whole:
            response = whole
        if kind in _ENDS and mappings(whole.get("output")):
            return whole
        if kind == "error" or "error" in event:
            response["error"] = event.get("error") or {"code": event.get("code"), "message": event.get("message")}
        item = mapping(event.get("item"))
        if item:
            items[whole_number(event.get("output_index"))] = item
        elif text(event.get("delta")):
            _extend(
                items.setdefault(whole_number(event.get("output_index")), {"type": "message", "role": "assistant"}),
                event,
            )
    return response | {"output": list(items.values())}


def _extend(item: JsonObject, event: JsonObject) -> None:
    kind, delta = event.get("type"), event["delta"]
    if kind == "response.output_text.delta":
        _append(item, "content", "output_text", delta)
    elif kind == "response.refusal.delta":
        _append(item, "content", "refusal", delta)
    elif kind == "response.reasoning_summary_text.delta":
        _append(item, "summary", "summary_text", delta)
    elif kind == "response.reasoning_text.delta":
        _append(item, "content", "reasoning_text", delta)
    elif kind == "response.function_call_arguments.delta":
        item["arguments"] = (text(item.get("arguments")) or "") + delta
    elif kind == "response.custom_tool_call_input.delta":
        item["input"] = (text(item.get("input")) or "") + delta


def _append(item: JsonObject, member: str, kind: str, delta: str) -> None:
    parts = mappings(item.get(member)) or [{"type": kind}]
    name = "refusal" if kind == "refusal" else "text"
    parts[-1][name] = (text(parts[-1].get(name)) or "") + delta
    item[member] = parts
