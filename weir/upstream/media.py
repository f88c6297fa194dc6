"""Pictures, sounds, verdicts and rankings as OpenAI and Cohere write them; all depend on the request alone."""

import base64
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from providers.dialects.multipart import fields_of, is_multipart
from weir.upstream.behaviour import Behaviour
from weir.upstream.exchange import Reply, Stream

_SOUNDS = {
    "mp3": b"audio/mpeg",
    "opus": b"audio/ogg",
    "aac": b"audio/aac",
    "flac": b"audio/flac",
    "wav": b"audio/wav",
    "pcm": b"audio/pcm",
}
_BYTES_PER_CHARACTER = 200
_CATEGORIES = ("harassment", "hate", "illicit", "self-harm", "sexual", "violence")
_HEARD = "The water falls over the weir and is measured."


class _Asked(msgspec.Struct):
    """The fields of these requests that change an answer."""

    model: str = ""
    prompt: str = ""
    input: Any = ""
    stream: bool | None = None
    stream_format: str = "audio"
    response_format: str | None = None
    n: int | None = None
    documents: list[Any] = []
    top_n: int | None = None


_decoder = msgspec.json.Decoder(_Asked)


def images(body: bytes, behaviour: Behaviour) -> Reply | Stream:
    """Answers with a picture of one pixel."""
    asked = _asked(body)
    picture, id = _picture(body), _id(body)
    output = behaviour.output_tokens or 272
    usage = {
        "input_tokens": 12 + len(asked.prompt) // 4,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 12 + len(asked.prompt) // 4},
        "output_tokens": output,
        "output_tokens_details": {"image_tokens": output, "text_tokens": 0},
    }
    usage["total_tokens"] = 12 + len(asked.prompt) // 4 + output
    made = {"background": "opaque", "output_format": "png", "quality": "low", "size": "1024x1024"}
    if asked.stream:
        kind = "image_edit" if is_multipart(body) else "image_generation"
        whole: dict[str, Any] = {"type": f"{kind}.completed", "b64_json": picture, "created_at": 1_760_000_000, **made}
        part = whole | {"type": f"{kind}.partial_image", "partial_image_index": 0}
        return _stream([(True, part), (False, whole | {"usage": usage})], id)
    data = [{"b64_json": picture} for _ in range(asked.n or 1)]
    answer: dict[str, Any] = {"created": 1_760_000_000, "data": data, **made}
    return Reply(msgspec.json.encode(answer if behaviour.no_usage else answer | {"usage": usage}), id=id)


def speech(body: bytes) -> Reply | Stream:
    """Answers with bytes that pass for a sound, longer for a longer text; or with events that hold them."""
    asked = _asked(body)
    said, id = str(asked.input), _id(body)
    draw = random.Random(zlib.crc32(said.encode()))  # noqa: S311 - no secret, only variety
    sound = b"ID3\x04\x00\x00\x00\x00\x00\x00" + draw.randbytes(max(len(said), 1) * _BYTES_PER_CHARACTER)
    if asked.stream_format == "sse":
        middle = len(sound) // 2
        deltas = [{"type": "speech.audio.delta", "audio": _text(half)} for half in (sound[:middle], sound[middle:])]
        counts = {"input_tokens": len(said) // 4 + 1, "output_tokens": len(said), "total_tokens": 0}
        counts["total_tokens"] = counts["input_tokens"] + counts["output_tokens"]
        return _stream(
            [*((True, delta) for delta in deltas), (False, {"type": "speech.audio.done", "usage": counts})], id
        )
    return Reply(sound, _SOUNDS.get(asked.response_format or "mp3", b"audio/mpeg"), id)


def transcriptions(body: bytes, behaviour: Behaviour) -> Reply | Stream:
    """Answers with what the fake upstream always hears."""
    asked = _asked(body)
    id = _id(body)
    usage: dict[str, Any] = {"type": "duration", "seconds": 3}
    if asked.model != "whisper-1":
        details = {"text_tokens": 0, "audio_tokens": 30}
        usage = {"type": "tokens", "input_tokens": 30, "input_token_details": details}
        usage |= {"output_tokens": 11, "total_tokens": 41}
    accounts = {} if behaviour.no_usage else {"usage": usage}
    if asked.stream:
        pieces = [word if i == 0 else f" {word}" for i, word in enumerate(_HEARD.split())]
        deltas = [(True, {"type": "transcript.text.delta", "delta": piece}) for piece in pieces]
        return _stream([*deltas, (False, {"type": "transcript.text.done", "text": _HEARD, **accounts})], id)
    if asked.response_format in ("text", "srt", "vtt"):
        return Reply(_HEARD.encode() + b"\n", b"text/plain; charset=utf-8", id)
    return Reply(msgspec.json.encode({"text": _HEARD, **accounts}), id=id)


def moderations(body: bytes, model: str) -> Reply:
    """Flags what holds the word `violence`."""
    asked = _asked(body)
    inputs = asked.input if isinstance(asked.input, list) else [asked.input]
    if inputs and isinstance(inputs[0], dict):
        inputs = [inputs]  # Parts of one input.
    results = []
    for each in inputs:
        flagged = b"violence" in msgspec.json.encode(each)
        categories = {name: flagged and name == "violence" for name in _CATEGORIES}
        scores = {name: 0.98 if hit else 0.0001 for name, hit in categories.items()}
        applied = {name: ["text"] for name in _CATEGORIES}
        results.append({"flagged": flagged, "categories": categories, "category_scores": scores})
        results[-1]["category_applied_input_types"] = applied
    return Reply(msgspec.json.encode({"id": f"modr-{_id(body)}", "model": model, "results": results}), id=_id(body))


def rerank(body: bytes) -> Reply:
    """Ranks documents by a checksum."""
    asked = _asked(body)
    scores = [zlib.crc32(msgspec.json.encode(document)) / 2**32 for document in asked.documents]
    order = sorted(range(len(scores)), key=lambda i: -scores[i])[: asked.top_n or len(scores)]
    meta = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}
    results = [{"index": i, "relevance_score": scores[i]} for i in order]
    return Reply(msgspec.json.encode({"id": _id(body), "results": results, "meta": meta}), id=_id(body))


def _asked(body: bytes) -> _Asked:
    if is_multipart(body):
        return msgspec.convert(fields_of(body), _Asked, strict=False)
    return _decoder.decode(body)


def _stream(events: list[tuple[bool, dict[str, Any]]], id: str) -> Stream:
    def written() -> Iterator[tuple[bool, bytes]]:
        for is_content, event in events:
            kind = event["type"].encode()
            yield is_content, b"event: " + kind + b"\ndata: " + msgspec.json.encode(event) + b"\n\n"

    error = {"type": "server_error", "message": "The server had an error.", "code": None, "param": None}
    return Stream(
        written(), b"event: error\ndata: " + msgspec.json.encode({"type": "error", "error": error}) + b"\n\n", id
    )


def _picture(body: bytes) -> str:
    """Draws one grey pixel whose shade is the request's."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = zlib.compress(bytes((0, zlib.crc32(body) % 256)))
    return _text(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b""))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _id(body: bytes) -> str:
    return f"{zlib.crc32(body):08x}"
