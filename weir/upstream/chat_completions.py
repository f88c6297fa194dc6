"""Answers as OpenAI's chat completions writes them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from weir.upstream.answer import Answer, make_answer
from weir.upstream.behaviour import Behaviour

_FINGERPRINT = "fp_5eed5eed5e"


class StreamOptions(msgspec.Struct):
    include_usage: bool = False


class Request(msgspec.Struct):
    """The parts of a request that change the answer."""

    model: str
    messages: msgspec.Raw
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Any = None

    def answer(self, model: str, behaviour: Behaviour) -> Answer:
        names = [(tool.get("function") or {}).get("name") for tool in self.tools or ()]
        must_call = self.tool_choice == "required" or isinstance(self.tool_choice, dict)
        limit = self.max_completion_tokens or self.max_tokens
        return make_answer(bytes(self.messages), model, behaviour, limit=limit, tools=names, must_call=must_call)


request_decoder = msgspec.json.Decoder(Request)


def body(answer: Answer, _: Request) -> bytes:
    """Writes the whole response."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": None, "annotations": []}
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    if answer.tool_calls:
        message["content"] = None
        message["tool_calls"] = [_tool_call(answer, i) for i in range(len(answer.tool_calls))]
    response = {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion",
        "created": answer.created_at,
        "model": answer.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish_reason}],
    }
    if answer.has_usage:
        response["usage"] = usage(answer)
    response["service_tier"] = answer.service_tier or "default"
    response["system_fingerprint"] = _FINGERPRINT
    return msgspec.json.encode(response)


def events(answer: Answer, request: Request, behaviour: Behaviour) -> Iterator[tuple[bool, bytes]]:
    """Writes the stream: whether an event is content, and its bytes."""
    include_usage = bool(request.stream_options and request.stream_options.include_usage)
    head = msgspec.json.encode(
        {
            "id": f"chatcmpl-{answer.id}",
            "object": "chat.completion.chunk",
            "created": answer.created_at,
            "model": answer.model,
            "service_tier": answer.service_tier or "default",
            "system_fingerprint": _FINGERPRINT,
        }
    )
    before = b"data: " + head[:-1] + b',"choices":['
    after = b'],"usage":null}\n\n' if include_usage else b"]}\n\n"

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return before + msgspec.json.encode(choice) + after

    content = None if answer.tool_calls else ""
    yield False, chunk({"role": "assistant", "content": content, "refusal": None})
    if answer.reasoning:
        yield True, chunk({"reasoning_content": answer.reasoning})
    for piece in answer.pieces(behaviour.chunks):
        yield True, chunk({"content": piece})
    for i, call in enumerate(answer.tool_calls):
        yield True, chunk({"tool_calls": [{"index": i, **_tool_call(answer, i, arguments="")}]})
        for piece in _halves(call.arguments):
            yield True, chunk({"tool_calls": [{"index": i, "function": {"arguments": piece}}]})
    last = chunk({}, answer.finish_reason)
    if behaviour.usage_unasked and answer.has_usage:
        last = last.removesuffix(after) + b'],"usage":' + msgspec.json.encode(usage(answer)) + b"}\n\n"
    yield False, last
    if include_usage and answer.has_usage:
        yield False, before + b'],"usage":' + msgspec.json.encode(usage(answer)) + b"}\n\n"
    yield False, b"data: [DONE]\n\n"


def error_event(error: bytes) -> bytes:
    return b"data: " + error + b"\n\n"


def usage(answer: Answer) -> dict[str, Any]:
    details: dict[str, Any] = {"cached_tokens": answer.cached_tokens, "audio_tokens": 0}
    if answer.cache_write_tokens:
        details["cache_write_tokens"] = answer.cache_write_tokens
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
        "prompt_tokens_details": details,
        "completion_tokens_details": {
            "reasoning_tokens": answer.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _tool_call(answer: Answer, i: int, arguments: str | None = None) -> dict[str, Any]:
    call = answer.tool_calls[i]
    written = call.arguments if arguments is None else arguments
    return {"id": f"call_{call.id}", "type": "function", "function": {"name": call.name, "arguments": written}}


def _halves(arguments: str) -> tuple[str, str]:
    middle = len(arguments) // 2
    return arguments[:middle], arguments[middle:]
