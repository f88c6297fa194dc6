"""Answers as OpenAI's legacy completions writes them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from weir.upstream.answer import Answer, make_answer
from weir.upstream.behaviour import Behaviour
from weir.upstream.chat_completions import StreamOptions, usage


class Request(msgspec.Struct):
    """The parts of a request that change the answer."""

    model: str
    prompt: msgspec.Raw = msgspec.Raw(b'""')
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = 16

    def answer(self, model: str, behaviour: Behaviour) -> Answer:
        limit = self.max_tokens if behaviour.output_tokens is None else None
        return make_answer(bytes(self.prompt), model, behaviour, limit=limit, tools=[], must_call=False)


request_decoder = msgspec.json.Decoder(Request)


def body(answer: Answer, _: Request) -> bytes:
    """Writes the whole response."""
    response = _head(answer) | {"choices": [_choice(answer.text, answer.finish_reason)]}
    return msgspec.json.encode(response | ({"usage": usage(answer)} if answer.has_usage else {}))


def events(answer: Answer, request: Request, behaviour: Behaviour) -> Iterator[tuple[bool, bytes]]:
    """Writes the stream: whether an event is content, and its bytes."""
    head = _head(answer)
    pieces = answer.pieces(behaviour.chunks)
    for piece in pieces:
        yield True, _event(head | {"choices": [_choice(piece, None)]})
    yield False, _event(head | {"choices": [_choice("", answer.finish_reason)]})
    if request.stream_options is not None and request.stream_options.include_usage and answer.has_usage:
        yield False, _event(head | {"choices": [], "usage": usage(answer)})
    yield False, b"data: [DONE]\n\n"


def error_event(error: bytes) -> bytes:
    return b"data: " + error + b"\n\n"


def _head(answer: Answer) -> dict[str, Any]:
    return {
        "id": f"cmpl-{answer.id}",
        "object": "text_completion",
        "created": answer.created_at,
        "model": answer.model,
    }


def _choice(text: str, finish_reason: str | None) -> dict[str, Any]:
    return {"text": text, "index": 0, "logprobs": None, "finish_reason": finish_reason}


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"
