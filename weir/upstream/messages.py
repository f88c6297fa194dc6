"""Answers as Anthropic's messages writes them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from weir.upstream.answer import Answer, make_answer
from weir.upstream.behaviour import Behaviour

_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}
_SIGNATURE = "c2lnbmVkIGJ5IHRoZSBmYWtlIHVwc3RyZWFt"


class Request(msgspec.Struct):
    """The parts of a request that change the answer."""

    model: str
    messages: msgspec.Raw
    max_tokens: int | None = None
    stream: bool | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: dict[str, Any] | None = None

    def answer(self, model: str, behaviour: Behaviour) -> Answer:
        names = [tool.get("name") for tool in self.tools or ()]
        must_call = (self.tool_choice or {}).get("type") in ("any", "tool")
        prompt = bytes(self.messages)
        return make_answer(prompt, model, behaviour, limit=self.max_tokens, tools=names, must_call=must_call)


request_decoder = msgspec.json.Decoder(Request)


def body(answer: Answer, _: Request) -> bytes:
    """Writes the whole response."""
    message = _message(answer)
    message["content"] = _blocks(answer)
    message["stop_reason"] = _STOP_REASONS[answer.finish_reason]
    message["usage"] = usage(answer) if answer.has_usage else None
    return msgspec.json.encode(message)


def events(answer: Answer, _: Request, behaviour: Behaviour) -> Iterator[tuple[bool, bytes]]:
    """Writes the stream: whether an event is content, and its bytes."""
    begun = usage(answer) | {"output_tokens": 1} if answer.has_usage else None
    yield False, _event("message_start", {"message": _message(answer) | {"usage": begun}})
    for i, block in enumerate(_blocks(answer)):
        kind = block["type"]
        start, deltas = _pieces(block, answer, behaviour)
        yield kind == "tool_use", _event("content_block_start", {"index": i, "content_block": start})
        if i == 0:
            yield False, b'event: ping\ndata: {"type": "ping"}\n\n'
        for delta in deltas:
            yield True, _event("content_block_delta", {"index": i, "delta": delta})
        yield False, _event("content_block_stop", {"index": i})
    ended: dict[str, Any] = {"delta": {"stop_reason": _STOP_REASONS[answer.finish_reason], "stop_sequence": None}}
    if answer.has_usage:
        ended["usage"] = {"output_tokens": answer.output_tokens}
    yield False, _event("message_delta", ended)
    yield False, _event("message_stop", {})


def error_event(error: bytes) -> bytes:
    return b"event: error\ndata: " + error + b"\n\n"


def usage(answer: Answer) -> dict[str, Any]:
    """Writes the usage, whose input_tokens leave out what the cache gave and took."""
    return {
        "input_tokens": answer.input_tokens - answer.cached_tokens - answer.cache_write_tokens,
        "cache_creation_input_tokens": answer.cache_write_tokens,
        "cache_read_input_tokens": answer.cached_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": answer.cache_write_tokens - answer.cache_write_1h_tokens,
            "ephemeral_1h_input_tokens": answer.cache_write_1h_tokens,
        },
        "output_tokens": answer.output_tokens,
        "service_tier": answer.service_tier or "standard",
    }


def _message(answer: Answer) -> dict[str, Any]:
    return {
        "id": f"msg_{answer.id}",
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _blocks(answer: Answer) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if answer.reasoning:
        blocks.append({"type": "thinking", "thinking": answer.reasoning, "signature": _SIGNATURE})
    if answer.words:
        blocks.append({"type": "text", "text": answer.text})
    for call in answer.tool_calls:
        input = msgspec.json.decode(call.arguments)
        blocks.append({"type": "tool_use", "id": f"toolu_{call.id}", "name": call.name, "input": input})
    return blocks


def _pieces(block: dict[str, Any], answer: Answer, behaviour: Behaviour) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Splits a block into how it starts and the deltas that fill it."""
    if block["type"] == "thinking":
        thinking = {"type": "thinking_delta", "thinking": block["thinking"]}
        return block | {"thinking": "", "signature": ""}, [
            thinking,
            {"type": "signature_delta", "signature": _SIGNATURE},
        ]
    if block["type"] == "text":
        pieces = answer.pieces(behaviour.chunks)
        return {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces]
    json = msgspec.json.encode(block["input"]).decode()
    pieces = ["", json[: len(json) // 2], json[len(json) // 2 :]]
    return block | {"input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


def _event(name: str, data: dict[str, Any]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode({"type": name, **data}) + b"\n\n"
