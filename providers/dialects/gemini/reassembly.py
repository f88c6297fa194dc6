"""Puts a stored stream of Gemini's chunks together to the body it would have been without streaming."""

from collections.abc import Iterator

from providers.dialects.stored_stream import events_of, is_stream
from providers.facts import JsonObject
from providers.json_array import JsonArrayReader
from providers.lenient import decode_object, mapping, mappings, whole_number

_PASSED_ON = ("promptFeedback", "modelVersion", "responseId", "createTime", "error")


def reassemble(body: str) -> JsonObject:
    """Returns one answer; what never arrived is missing in it. A body that was no stream stays what it is."""
    answer: JsonObject = {"candidates": []}
    candidates: dict[int, JsonObject] = {}
    for chunk in _chunks(body):
        answer |= {name: chunk[name] for name in _PASSED_ON if chunk.get(name) is not None}
        usage = mapping(chunk.get("usageMetadata"))
        if usage:
            answer["usageMetadata"] = mapping(answer.get("usageMetadata")) | usage
        for candidate in mappings(chunk.get("candidates")):
            index = whole_number(candidate.get("index"))
            _extend(candidates.setdefault(index, {"content": {"role": "model", "parts": []}}), candidate)
    answer["candidates"] = list(candidates.values())
    return answer


def _chunks(body: str) -> Iterator[JsonObject]:
    if is_stream(body):
        yield from events_of(body)
        return
    for piece in JsonArrayReader().feed(body.encode("utf-8", "replace")):
        chunk = decode_object(piece)
        if chunk:
            yield chunk


def _extend(candidate: JsonObject, chunk: JsonObject) -> None:
    parts = candidate["content"]["parts"]
    for part in mappings(mapping(chunk.get("content")).get("parts")):
        if parts and _continues(parts[-1], part):
            parts[-1] = parts[-1] | part | {"text": parts[-1]["text"] + part["text"]}
        else:
            parts.append(part)
    candidate |= {name: value for name, value in chunk.items() if name != "content"}


def _continues(part: JsonObject, more: JsonObject) -> bool:
    both = isinstance(part.get("text"), str) and isinstance(more.get("text"), str)
    return both and part.get("thought") == more.get("thought")
