"""Answers as Google's Gemini writes them: whole, as events, or as the JSON array that a stream is without `alt=sse`."""

from collections.abc import Iterator
from typing import Any

import msgspec

from weir.upstream.answer import Answer, make_answer
from weir.upstream.behaviour import Behaviour

_STOP_REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"}
_TRAFFIC = {"flex": "ON_DEMAND_FLEX", "priority": "ON_DEMAND_PRIORITY"}
_SIGNATURE = "c2lnbmVkIGJ5IHRoZSBmYWtlIHVwc3RyZWFt"


class _Thinking(msgspec.Struct, rename="camel"):
    include_thoughts: bool = False


class _Generation(msgspec.Struct, rename="camel"):
    max_output_tokens: int | None = None
    thinking_config: _Thinking = msgspec.field(default_factory=_Thinking)


class _Calling(msgspec.Struct, rename="camel"):
    mode: str = "AUTO"


class _ToolConfig(msgspec.Struct, rename="camel"):
    function_calling_config: _Calling = msgspec.field(default_factory=_Calling)


class Request(msgspec.Struct, rename="camel"):
    """The parts of a request that change the answer."""

    contents: msgspec.Raw
    system_instruction: msgspec.Raw = msgspec.Raw(b"")
    generation_config: _Generation = msgspec.field(default_factory=_Generation)
    tools: list[dict[str, Any]] | None = None
    tool_config: _ToolConfig = msgspec.field(default_factory=_ToolConfig)

    def answer(self, model: str, behaviour: Behaviour) -> Answer:
        offered = [declared for tool in self.tools or () for declared in tool.get("functionDeclarations") or ()]
        return make_answer(
            bytes(self.contents) + bytes(self.system_instruction),
            model,
            behaviour,
            limit=self.generation_config.max_output_tokens,
            tools=[declared.get("name") for declared in offered],
            must_call=self.tool_config.function_calling_config.mode == "ANY",
        )


request_decoder = msgspec.json.Decoder(Request)


def body(answer: Answer, request: Request) -> bytes:
    """Writes the whole response."""
    parts = [part for part in _parts(answer, request, [answer.text]) if part.get("text") != ""]
    return msgspec.json.encode(_chunk(answer, parts, finished=True))


def events(answer: Answer, request: Request, behaviour: Behaviour) -> Iterator[tuple[bool, bytes]]:
    """Writes the stream as Google does: lines end with a carriage return too, and nothing marks the end."""
    for is_content, chunk in _chunks(answer, request, behaviour):
        yield is_content, b"data: " + msgspec.json.encode(chunk) + b"\r\n\r\n"


def array(answer: Answer, request: Request, behaviour: Behaviour) -> Iterator[tuple[bool, bytes]]:
    """Writes the stream as one JSON array."""
    before = b"["
    for is_content, chunk in _chunks(answer, request, behaviour):
        yield is_content, before + msgspec.json.format(msgspec.json.encode(chunk), indent=2)
        before = b"\n,\r\n"
    yield False, b"\n]"


def error_event(error: bytes) -> bytes:
    return b"data: " + error + b"\r\n\r\n"


def error_in_array(error: bytes) -> bytes:
    return b"\n,\r\n" + error + b"\n]"


def usage(answer: Answer) -> dict[str, Any]:
    """Writes the usage, whose candidates leave thoughts out while the prompt contains what was cached."""
    counts: dict[str, Any] = {"promptTokenCount": answer.input_tokens}
    if answer.cached_tokens:
        counts["cachedContentTokenCount"] = answer.cached_tokens
    candidates = answer.output_tokens - answer.reasoning_tokens
    if candidates:
        counts["candidatesTokenCount"] = candidates
    counts["totalTokenCount"] = answer.input_tokens + answer.output_tokens
    if answer.service_tier is not None:
        counts["trafficType"] = _TRAFFIC.get(answer.service_tier, "ON_DEMAND")
    counts["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": answer.input_tokens}]
    if answer.cached_tokens:
        counts["cacheTokensDetails"] = [{"modality": "TEXT", "tokenCount": answer.cached_tokens}]
    if answer.reasoning_tokens:
        counts["thoughtsTokenCount"] = answer.reasoning_tokens
    return counts


def _chunks(answer: Answer, request: Request, behaviour: Behaviour) -> Iterator[tuple[bool, dict[str, Any]]]:
    parts = _parts(answer, request, answer.pieces(behaviour.chunks))
    for i, part in enumerate(parts):
        finished = i == len(parts) - 1
        yield bool(part.get("text") or "functionCall" in part), _chunk(answer, [part], finished=finished)


def _chunk(answer: Answer, parts: list[dict[str, Any]], *, finished: bool) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}}
    if finished:
        candidate["finishReason"] = _STOP_REASONS[answer.finish_reason]
    chunk: dict[str, Any] = {"candidates": [candidate | {"index": 0}]}
    if answer.has_usage:
        chunk["usageMetadata"] = usage(answer)
    return chunk | {"modelVersion": answer.model, "responseId": answer.id}


def _parts(answer: Answer, request: Request, pieces: list[str]) -> list[dict[str, Any]]:
    """Writes the parts in their order; of an answer without words the last is an empty text."""
    parts: list[dict[str, Any]] = []
    if answer.reasoning and request.generation_config.thinking_config.include_thoughts:
        parts.append({"text": answer.reasoning, "thought": True})
    parts += [{"text": piece} for piece in pieces if piece]
    for call in answer.tool_calls:
        called = {"name": call.name, "args": msgspec.json.decode(call.arguments)}
        parts.append({"functionCall": called, "thoughtSignature": _SIGNATURE})
    return parts or [{"text": ""}]
