"""Reads InvokeModel's answers: bodies are those of the model's maker, mostly Anthropic's; streams wrap their events.

An event of a stream is a frame whose payload holds the maker's own event in base64. The model a body names is left out:
it lacks what decides the price, the region or profile that stands before the name in the path.
"""

import base64
import binascii

import msgspec

from providers.dialects.errors import read_bare_error
from providers.dialects.finish_reasons import normalize
from providers.dialects.frame_stream import FrameStream
from providers.dialects.invoke.usage import METRICS, read_metrics, read_usage
from providers.dialects.messages.response import MessagesStream
from providers.dialects.messages.response import parse_response as parse_message
from providers.dialects.messages.wire import event_decoder
from providers.facts import JsonObject, ResponseFacts
from providers.lenient import decode, decode_object, text


class _Chunk(msgspec.Struct):
    bytes: str = ""


_chunk_decoder = msgspec.json.Decoder(_Chunk)


def parse_response(body: bytes) -> ResponseFacts:
    """Reads a whole response body, an error's included."""
    facts = msgspec.structs.replace(parse_message(body), response_model=None)
    if facts.usage is not None and facts.finish_reason is not None:
        return facts
    answer = decode_object(body)
    usage = read_usage(answer)
    error = read_bare_error(answer) if usage is None and facts.usage is None else None
    kind, message = error or (facts.error_type, facts.error_message)
    return msgspec.structs.replace(facts, usage=usage or facts.usage, error_type=kind, error_message=message)


class InvokeStream(FrameStream):
    """Reads a stream of wrapped events; the one that carries Amazon's own counts, or an error, ends it."""

    def __init__(self) -> None:
        super().__init__()
        self._messages = MessagesStream()
        self._messages.builder = self.builder

    def facts(self) -> ResponseFacts:
        """Returns what is known so far."""
        return msgspec.structs.replace(super().facts(), response_model=None)

    def take(self, kind: str, payload: bytes) -> None:
        event = unwrapped(payload)
        known = decode(event, event_decoder)
        if known is not None and known.type is not None:
            self._messages.take(known)
        is_last = METRICS.encode() in event
        if is_last or known is None or known.type is None:
            self._take_foreign(decode_object(event))
        self.first_content = self.first_content or self._messages.first_content
        self.terminal = self.terminal or is_last or self.builder.error_type is not None

    def _take_foreign(self, event: JsonObject) -> None:
        """Takes what other makers than Anthropic say: Llama's text, why it ended, and Amazon's counts."""
        said = text(event.get("generation"))
        if said is not None:
            self.first_content = True
            self.builder.add_text(said)
        self.builder.finish_reason = self.builder.finish_reason or normalize(event.get("stop_reason"))
        self.builder.usage = self.builder.usage or read_metrics(event)


def unwrapped(payload: bytes) -> bytes:
    """Returns the maker's event in a frame's payload; empty if there is none."""
    chunk = decode(payload, _chunk_decoder)
    if chunk is None:
        return b""
    try:
        return base64.b64decode(chunk.bytes)
    except (binascii.Error, ValueError):
        return b""
