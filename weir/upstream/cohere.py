"""Answers as Cohere's chat writes them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from weir.upstream.answer import Answer, make_answer
from weir.upstream.behaviour import Behaviour

_FINISH_REASONS = {"stop": "COMPLETE", "length": "MAX_TOKENS", "tool_calls": "TOOL_CALL"}
_TEMPLATE_TOKENS = 66
"""What Cohere's own template adds to a prompt; it is counted, not billed."""


class Request(msgspec.Struct):
    """The parts of a request that change the answer."""

    model: str
    messages: msgspec.Raw
    stream: bool | None = None
    max_tokens: int | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | None = None

    def answer(self, model: str, behaviour: Behaviour) -> Answer:
        names = [(tool.get("function") or {}).get("name") for tool in self.tools or ()]
        must_call = self.tool_choice == "REQUIRED"
        prompt = bytes(self.messages)
        return make_answer(prompt, model, behaviour, limit=self.max_tokens, tools=names, must_call=must_call)


request_decoder = msgspec.json.Decoder(Request)


def body(answer: Answer, _: Request) -> bytes:
    """Writes the whole response."""
    message: dict[str, Any] = {"role": "assistant"}
    content: list[dict[str, Any]] = []
    if answer.reasoning:
        content.append({"type": "thinking", "thinking": answer.reasoning})
    if answer.words:
        content.append({"type": "text", "text": answer.text})
    if answer.tool_calls:
        message |= {"tool_plan": "I will use the tools.", "tool_calls": [_call(answer, i) for i in _calls(answer)]}
    if content:
        message["content"] = content
    response = {"id": answer.id, "message": message, "finish_reason": _FINISH_REASONS[answer.finish_reason]}
    return msgspec.json.encode(response | ({"usage": usage(answer)} if answer.has_usage else {}))


def events(answer: Answer, _: Request, behaviour: Behaviour) -> Iterator[tuple[bool, bytes]]:
    """Writes the stream: whether an event is content, and its bytes."""
    empty: dict[str, Any] = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    yield False, _event({"id": answer.id, "type": "message-start", "delta": {"message": empty}})
    index = 0
    for kind, pieces in (("thinking", [answer.reasoning]), ("text", answer.pieces(behaviour.chunks))):
        if not any(pieces):
            continue
        yield False, _of_message("content-start", index, {"content": {"type": kind, kind: ""}})
        for piece in pieces:
            yield True, _of_message("content-delta", index, {"content": {kind: piece}})
        yield False, _event({"type": "content-end", "index": index})
        index += 1
    if answer.tool_calls:
        for piece in ("I will", " use", " the tools."):
            yield True, _event({"type": "tool-plan-delta", "delta": {"message": {"tool_plan": piece}}})
    for i in _calls(answer):
        arguments = answer.tool_calls[i].arguments
        middle = len(arguments) // 2
        yield True, _of_message("tool-call-start", i, {"tool_calls": _call(answer, i, arguments="")})
        for piece in (arguments[:middle], arguments[middle:]):
            yield True, _of_message("tool-call-delta", i, {"tool_calls": {"function": {"arguments": piece}}})
        yield False, _event({"type": "tool-call-end", "index": i})
    end: dict[str, Any] = {"finish_reason": _FINISH_REASONS[answer.finish_reason]}
    yield False, _event({"type": "message-end", "delta": end | ({"usage": usage(answer)} if answer.has_usage else {})})


def error_event(error: bytes) -> bytes:
    said = msgspec.json.decode(error)["message"]
    return _event({"type": "message-end", "delta": {"error": said, "finish_reason": "ERROR"}})


def usage(answer: Answer) -> dict[str, Any]:
    counted = {"input_tokens": answer.input_tokens + _TEMPLATE_TOKENS, "output_tokens": answer.output_tokens + 2}
    billed = {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens}
    return {"billed_units": billed, "tokens": counted, "cached_tokens": answer.cached_tokens}


def _calls(answer: Answer) -> range:
    return range(len(answer.tool_calls))


def _call(answer: Answer, i: int, arguments: str | None = None) -> dict[str, Any]:
    call = answer.tool_calls[i]
    written = call.arguments if arguments is None else arguments
    return {"id": f"{call.name}_{call.id}", "type": "function", "function": {"name": call.name, "arguments": written}}


def _of_message(kind: str, index: int, piece: dict[str, Any]) -> bytes:
    return _event({"type": kind, "index": index, "delta": {"message": piece}})


def _event(data: dict[str, Any]) -> bytes:
    kind: str = data["type"]
    return b"event: " + kind.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
