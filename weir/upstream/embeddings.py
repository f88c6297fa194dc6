"""Embeddings as OpenAI writes them: vectors of length one that depend on the text alone."""

import base64
import math
import random
import struct
import zlib

import msgspec


class Request(msgspec.Struct):
    model: str
    input: str | list[str | int | list[int]]
    encoding_format: str = "float"
    dimensions: int = 64


_decoder = msgspec.json.Decoder(Request)


def body(request_body: bytes, model: str) -> bytes:
    """Answers a request; raises msgspec.DecodeError if it is none."""
    request = _decoder.decode(request_body)
    one = isinstance(request.input, str) or (request.input and isinstance(request.input[0], int))
    texts = [request.input] if one else list(request.input)
    data = []
    for i, text in enumerate(texts):
        vector = _vector(msgspec.json.encode(text), request.dimensions)
        embedding: str | list[float] = vector
        if request.encoding_format == "base64":
            embedding = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        data.append({"object": "embedding", "index": i, "embedding": embedding})
    tokens = sum(max(len(msgspec.json.encode(text)) // 4, 1) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return msgspec.json.encode({"object": "list", "data": data, "model": model, "usage": usage})


def _vector(text: bytes, dimensions: int) -> list[float]:
    draw = random.Random(zlib.crc32(text))  # noqa: S311 - no secret, only variety
    raw = [draw.gauss(0, 1) for _ in range(dimensions)]
    length = math.sqrt(sum(x * x for x in raw)) or 1.0
    return [x / length for x in raw]
