"""Answers as OpenAI's responses API writes them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from weir.upstream.answer import Answer, make_answer
from weir.upstream.behaviour import Behaviour


class Request(msgspec.Struct):
    """The parts of a request that change the answer, or that the answer repeats."""

    model: str
    input: msgspec.Raw = msgspec.Raw(b'""')
    instructions: str | None = None
    stream: bool | None = None
    max_output_tokens: int | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Any = "auto"
    metadata: dict[str, str] | None = None
    user: str | None = None
    previous_response_id: str | None = None

    def answer(self, model: str, behaviour: Behaviour) -> Answer:
        names = [tool.get("name") for tool in self.tools or ()]
        must_call = self.tool_choice == "required" or isinstance(self.tool_choice, dict)
        prompt = bytes(self.input) + (self.instructions or "").encode()
        limit = self.max_output_tokens
        return make_answer(prompt, model, behaviour, limit=limit, tools=names, must_call=must_call)


request_decoder = msgspec.json.Decoder(Request)


def body(answer: Answer, request: Request) -> bytes:
    """Writes the whole response."""
    return msgspec.json.encode(_finished(answer, request))


def events(answer: Answer, request: Request, behaviour: Behaviour) -> Iterator[tuple[bool, bytes]]:
    """Writes the stream: whether an event is content, and its bytes."""
    serial = 0

    def event(name: str, data: dict[str, Any]) -> bytes:
        nonlocal serial
        encoded = msgspec.json.encode({"type": name, "sequence_number": serial, **data})
        serial += 1
        return b"event: " + name.encode() + b"\ndata: " + encoded + b"\n\n"

    begun = _response(answer, request) | {"status": "in_progress", "output": [], "usage": None}
    yield False, event("response.created", {"response": begun})
    yield False, event("response.in_progress", {"response": begun})
    for i, item in enumerate(_output(answer)):
        start = item | _EMPTY[item["type"]]
        is_call = item["type"] == "function_call"
        yield is_call, event("response.output_item.added", {"output_index": i, "item": start})
        where = {"item_id": item["id"], "output_index": i}
        for is_content, name, data in _CONTENT_EVENTS[item["type"]](item, answer, behaviour):
            yield is_content, event(f"response.{name}", where | data)
        yield False, event("response.output_item.done", {"output_index": i, "item": item})
    end = "incomplete" if answer.finish_reason == "length" else "completed"
    yield False, event(f"response.{end}", {"response": _finished(answer, request)})


def error_event(error: bytes) -> bytes:
    """Writes an error inside a stream, which has its members at the top."""
    said = msgspec.json.decode(error)["error"]
    data = {"type": "error", "code": said["code"], "message": said["message"], "param": said["param"]}
    return b"event: error\ndata: " + msgspec.json.encode(data | {"sequence_number": 0}) + b"\n\n"


def usage(answer: Answer) -> dict[str, Any]:
    return {
        "input_tokens": answer.input_tokens,
        "input_tokens_details": {
            "cached_tokens": answer.cached_tokens,
            "cache_write_tokens": answer.cache_write_tokens,
        },
        "output_tokens": answer.output_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
        "total_tokens": answer.input_tokens + answer.output_tokens,
    }


def _response(answer: Answer, request: Request) -> dict[str, Any]:
    return {
        "id": f"resp_{answer.id}",
        "object": "response",
        "created_at": answer.created_at,
        "status": "completed",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": request.instructions,
        "max_output_tokens": request.max_output_tokens,
        "model": answer.model,
        "output": [],
        "parallel_tool_calls": True,
        "previous_response_id": request.previous_response_id,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": answer.service_tier or "default",
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": request.tool_choice,
        "tools": request.tools or [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": None,
        "user": request.user,
        "metadata": request.metadata or {},
    }


def _finished(answer: Answer, request: Request) -> dict[str, Any]:
    response = _response(answer, request) | {"output": _output(answer)}
    if answer.has_usage:
        response["usage"] = usage(answer)
    if answer.finish_reason == "length":
        response |= {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    return response


def _output(answer: Answer) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if answer.reasoning:
        summary = [{"type": "summary_text", "text": answer.reasoning}]
        items.append({"type": "reasoning", "id": f"rs_{answer.id}", "summary": summary})
    if answer.words:
        content = [{"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}]
        message = {"type": "message", "id": f"msg_{answer.id}", "status": "completed", "role": "assistant"}
        items.append(message | {"content": content})
    for call in answer.tool_calls:
        item = {"type": "function_call", "id": f"fc_{call.id}", "status": "completed", "call_id": f"call_{call.id}"}
        items.append(item | {"name": call.name, "arguments": call.arguments})
    return items


_ContentEvents = Iterator[tuple[bool, str, dict[str, Any]]]


def _reasoning_events(item: dict[str, Any], _: Answer, __: Behaviour) -> _ContentEvents:
    part = item["summary"][0]
    where = {"summary_index": 0}
    yield False, "reasoning_summary_part.added", where | {"part": part | {"text": ""}}
    yield True, "reasoning_summary_text.delta", where | {"delta": part["text"]}
    yield False, "reasoning_summary_text.done", where | {"text": part["text"]}
    yield False, "reasoning_summary_part.done", where | {"part": part}


def _message_events(item: dict[str, Any], answer: Answer, behaviour: Behaviour) -> _ContentEvents:
    part = item["content"][0]
    where = {"content_index": 0}
    yield False, "content_part.added", where | {"part": part | {"text": ""}}
    for piece in answer.pieces(behaviour.chunks):
        yield True, "output_text.delta", where | {"delta": piece, "logprobs": []}
    yield False, "output_text.done", where | {"text": part["text"], "logprobs": []}
    yield False, "content_part.done", where | {"part": part}


def _call_events(item: dict[str, Any], _: Answer, __: Behaviour) -> _ContentEvents:
    arguments = item["arguments"]
    middle = len(arguments) // 2
    for piece in (arguments[:middle], arguments[middle:]):
        yield True, "function_call_arguments.delta", {"delta": piece}
    yield False, "function_call_arguments.done", {"name": item["name"], "arguments": arguments}


_CONTENT_EVENTS = {"reasoning": _reasoning_events, "message": _message_events, "function_call": _call_events}
_EMPTY: dict[str, dict[str, Any]] = {
    "reasoning": {"summary": []},
    "message": {"status": "in_progress", "content": []},
    "function_call": {"status": "in_progress", "arguments": ""},
}
