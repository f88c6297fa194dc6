"""Answers as Bedrock's Converse writes them; its streams are Amazon's frames."""

from collections.abc import Iterator
from typing import Any

import msgspec

from providers.event_stream import write_frame
from weir.upstream.answer import Answer, ToolCall, make_answer
from weir.upstream.behaviour import Behaviour

_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}
_SIGNATURE = "c2lnbmVkIGJ5IHRoZSBmYWtlIHVwc3RyZWFt"
_PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class _Inference(msgspec.Struct, rename="camel"):
    max_tokens: int | None = None


class _Tools(msgspec.Struct, rename="camel"):
    tools: list[dict[str, Any]] = []
    tool_choice: dict[str, Any] = {}


class Request(msgspec.Struct, rename="camel"):
    """The parts of a request that change the answer."""

    messages: msgspec.Raw
    system: msgspec.Raw = msgspec.Raw(b"")
    inference_config: _Inference = msgspec.field(default_factory=_Inference)
    tool_config: _Tools = msgspec.field(default_factory=_Tools)

    def answer(self, model: str, behaviour: Behaviour) -> Answer:
        config = self.tool_config
        return make_answer(
            bytes(self.messages) + bytes(self.system),
            model,
            behaviour,
            limit=self.inference_config.max_tokens,
            tools=[(tool.get("toolSpec") or {}).get("name") for tool in config.tools],
            must_call="any" in config.tool_choice or "tool" in config.tool_choice,
        )


request_decoder = msgspec.json.Decoder(Request)


def body(answer: Answer, _: Request) -> bytes:
    """Writes the whole response."""
    content: list[dict[str, Any]] = []
    if answer.reasoning:
        content.append({"reasoningContent": {"reasoningText": {"text": answer.reasoning, "signature": _SIGNATURE}}})
    if answer.words:
        content.append({"text": answer.text})
    for call in answer.tool_calls:
        input = msgspec.json.decode(call.arguments)
        content.append({"toolUse": {"toolUseId": _call_id(call), "name": call.name, "input": input}})
    return msgspec.json.encode(
        {
            "metrics": {"latencyMs": 7},
            "output": {"message": {"content": content, "role": "assistant"}},
            "stopReason": _STOP_REASONS[answer.finish_reason],
            **_accounts(answer),
        }
    )


def events(answer: Answer, _: Request, behaviour: Behaviour) -> Iterator[tuple[bool, bytes]]:
    """Writes the stream: whether an event is content, and its frame."""
    yield False, _event("messageStart", {"role": "assistant"})
    index = 0
    if answer.reasoning:
        for delta in ({"text": answer.reasoning}, {"signature": _SIGNATURE}):
            yield "text" in delta, _event("contentBlockDelta", _at(index, {"delta": {"reasoningContent": delta}}))
        yield False, _event("contentBlockStop", _at(index, {}))
        index += 1
    if answer.words:
        for piece in answer.pieces(behaviour.chunks):
            yield True, _event("contentBlockDelta", _at(index, {"delta": {"text": piece}}))
        yield False, _event("contentBlockStop", _at(index, {}))
        index += 1
    for call in answer.tool_calls:
        start = {"toolUse": {"name": call.name, "toolUseId": _call_id(call)}}
        yield True, _event("contentBlockStart", _at(index, {"start": start}))
        middle = len(call.arguments) // 2
        for piece in (call.arguments[:middle], call.arguments[middle:]):
            yield True, _event("contentBlockDelta", _at(index, {"delta": {"toolUse": {"input": piece}}}))
        yield False, _event("contentBlockStop", _at(index, {}))
        index += 1
    yield False, _event("messageStop", {"stopReason": _STOP_REASONS[answer.finish_reason]})
    yield False, _event("metadata", {"metrics": {"latencyMs": 7}, **_accounts(answer)})


def error_event(error: bytes) -> bytes:
    """Writes the exception frame that ends a stream."""
    headers = {
        ":exception-type": "modelStreamErrorException",
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return write_frame(headers, error)


def event_frame(kind: str, payload: bytes) -> bytes:
    return write_frame({":event-type": kind, ":content-type": "application/json", ":message-type": "event"}, payload)


def padding(length: int) -> str:
    """Returns the letters with which Amazon hides how long a piece of text is."""
    return _PADDING[: 1 + length % len(_PADDING)]


def usage(answer: Answer) -> dict[str, Any]:
    """Writes the usage, whose inputTokens leave out what the cache gave and took."""
    counts: dict[str, Any] = {
        "inputTokens": answer.input_tokens - answer.cached_tokens - answer.cache_write_tokens,
        "outputTokens": answer.output_tokens,
        "totalTokens": answer.input_tokens + answer.output_tokens,
        "cacheReadInputTokens": answer.cached_tokens,
        "cacheWriteInputTokens": answer.cache_write_tokens,
    }
    if answer.cache_write_1h_tokens:
        short = answer.cache_write_tokens - answer.cache_write_1h_tokens
        kept = [{"ttl": "1h", "inputTokens": answer.cache_write_1h_tokens}, {"ttl": "5m", "inputTokens": short}]
        counts["cacheDetails"] = kept
    return counts


def _accounts(answer: Answer) -> dict[str, Any]:
    accounts: dict[str, Any] = {"usage": usage(answer)} if answer.has_usage else {}
    return accounts | ({"serviceTier": {"type": answer.service_tier}} if answer.service_tier else {})


def _at(index: int, members: dict[str, Any]) -> dict[str, Any]:
    return {"contentBlockIndex": index, **members}


def _event(kind: str, members: dict[str, Any]) -> bytes:
    payload = msgspec.json.encode(members)
    return event_frame(kind, msgspec.json.encode({**members, "p": padding(len(payload))}))


def _call_id(call: ToolCall) -> str:
    return f"tooluse_{call.id}"
