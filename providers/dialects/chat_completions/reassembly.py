"""Puts a stored stream of chat completion chunks together to the body it would have been without streaming."""

from providers.dialects.stored_stream import events_of
from providers.facts import JsonObject
from providers.lenient import mapping, mappings, text, whole_number

_PASSED_ON = ("id", "created", "model", "service_tier", "system_fingerprint", "usage", "x_groq", "error")
_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")


def reassemble(body: str) -> JsonObject:
    """Returns one chat completion; what never arrived is missing in it."""
    answer: JsonObject = {"object": "chat.completion", "choices": []}
    choices: dict[int, JsonObject] = {}
    for event in events_of(body):
        answer |= {name: event[name] for name in _PASSED_ON if event.get(name) is not None}
        for chunk in mappings(event.get("choices")):
            _extend(choices.setdefault(whole_number(chunk.get("index")), _new_choice(chunk)), chunk)
    answer["choices"] = list(choices.values())
    return answer


def _new_choice(chunk: JsonObject) -> JsonObject:
    message: JsonObject = {"role": "assistant", "content": None}
    return {"index": whole_number(chunk.get("index")), "message": message, "finish_reason": None}


def _extend(choice: JsonObject, chunk: JsonObject) -> None:
    message, delta = choice["message"], mapping(chunk.get("delta"))
    message["role"] = text(delta.get("role")) or message["role"]
    for name in _TEXTS:
        said = text(delta.get(name))
        if said is not None:
            message[name] = (message.get(name) or "") + said
    for call in mappings(delta.get("tool_calls")):
        _extend_call(message.setdefault("tool_calls", []), call)
    choice["finish_reason"] = chunk.get("finish_reason") or choice["finish_reason"]


def _extend_call(calls: list[JsonObject], delta: JsonObject) -> None:
    index = delta.get("index", len(calls))
    call = next((known for known in calls if known["index"] == index), None)
    if call is None:
        call = {"index": index, "id": None, "type": "function", "function": {"name": None, "arguments": ""}}
        calls.append(call)
    function, more = call["function"], mapping(delta.get("function"))
    call["id"] = text(delta.get("id")) or call["id"]
    function["name"] = text(more.get("name")) or function["name"]
    function["arguments"] += text(more.get("arguments")) or ""
