"""Answers as Bedrock's InvokeModel gives them for Claude: Anthropic's bodies, in streams wrapped in Amazon's frames."""

import base64
from collections.abc import Iterator
from typing import Any

import msgspec

from weir.upstream import messages
from weir.upstream.answer import Answer
from weir.upstream.behaviour import Behaviour
from weir.upstream.converse import error_event as converse_error_event
from weir.upstream.converse import event_frame, padding

_METRICS = "amazon-bedrock-invocationMetrics"


class Request(messages.Request):
    """Anthropic's request, with the model in the path and no word of a stream."""

    model: str = ""
    messages: msgspec.Raw = msgspec.Raw(b"[]")


request_decoder = msgspec.json.Decoder(Request)
body = messages.body
error_event = converse_error_event


def events(answer: Answer, request: Request, behaviour: Behaviour) -> Iterator[tuple[bool, bytes]]:
    """Writes the stream: whether an event is content, and its frame; the last one tells Amazon's own counts."""
    for is_content, event in messages.events(answer, request, behaviour):
        data = event.partition(b"data: ")[2].rstrip()
        if event.startswith(b"event: ping"):
            continue
        if event.startswith(b"event: message_stop"):
            data = msgspec.json.encode(msgspec.json.decode(data) | {_METRICS: _metrics(answer)})
        chunk = {"bytes": base64.b64encode(data).decode(), "p": padding(len(data))}
        yield is_content, event_frame("chunk", msgspec.json.encode(chunk))


def _metrics(answer: Answer) -> dict[str, Any]:
    return {
        "inputTokenCount": answer.input_tokens - answer.cached_tokens - answer.cache_write_tokens,
        "outputTokenCount": answer.output_tokens,
        "invocationLatency": 9,
        "firstByteLatency": 7,
        "cacheReadInputTokenCount": answer.cached_tokens,
        "cacheWriteInputTokenCount": answer.cache_write_tokens,
    }
