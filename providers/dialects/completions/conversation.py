"""Renders a legacy completion and its request: the prompt is the user's message, the text the answer."""

from providers.dialects.plain_input import text_of_input
from providers.dialects.stored_stream import events_of, is_stream
from providers.facts import ChatMessage, JsonObject
from providers.lenient import decode_object, mappings, text, whole_number

_PASSED_ON = ("id", "created", "model", "system_fingerprint", "usage", "error")


def reassemble(body: str) -> JsonObject:
    """Returns one completion; what never arrived is missing in it."""
    answer: JsonObject = {"object": "text_completion"}
    choices: dict[int, JsonObject] = {}
    for event in events_of(body):
        answer |= {name: event[name] for name in _PASSED_ON if event.get(name) is not None}
        for chunk in mappings(event.get("choices")):
            index = whole_number(chunk.get("index"))
            choice = choices.setdefault(index, {"index": index, "text": "", "finish_reason": None})
            choice["text"] += text(chunk.get("text")) or ""
            choice["finish_reason"] = chunk.get("finish_reason") or choice["finish_reason"]
    return answer | {"choices": list(choices.values())}


def messages(request_body: str | None, response_body: str | None) -> list[ChatMessage]:
    """Returns the prompt, then the answers; a body that cannot be read adds none."""
    body = response_body or ""
    prompt = text_of_input(decode_object(request_body or "").get("prompt"))
    answer = reassemble(body) if is_stream(body) else decode_object(body)
    asked = [ChatMessage(role="user", text=prompt)] if prompt else []
    said = [text(choice.get("text")) for choice in mappings(answer.get("choices"))]
    return asked + [ChatMessage(role="assistant", text=piece) for piece in said if piece is not None]
