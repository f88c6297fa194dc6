"""Embeddings as OpenAI, Cohere and Google write them: vectors of length one that depend on the text alone."""

import base64
import math
import random
import struct
import zlib
from typing import Any

import msgspec

_Inputs = str | list[str | int | list[int]]


class Request(msgspec.Struct):
    model: str
    input: _Inputs
    encoding_format: str = "float"
    dimensions: int = 64


class _CohereRequest(msgspec.Struct):
    model: str
    texts: list[str] = []
    inputs: list[Any] = []
    embedding_types: tuple[str, ...] = ("float",)
    output_dimension: int = 64


class _GoogleRequest(msgspec.Struct, rename="camel"):
    content: Any = None
    requests: list[dict[str, Any]] = []
    instances: list[dict[str, Any]] = []
    output_dimensionality: int = 64


_decoder = msgspec.json.Decoder(Request)
_cohere_decoder = msgspec.json.Decoder(_CohereRequest)
_google_decoder = msgspec.json.Decoder(_GoogleRequest)


def body(request_body: bytes, model: str) -> bytes:
    """Answers a request; raises msgspec.DecodeError if it is none."""
    request = _decoder.decode(request_body)
    one = isinstance(request.input, str) or (request.input and isinstance(request.input[0], int))
    texts = [request.input] if one else list(request.input)
    data = []
    for i, text in enumerate(texts):
        vector = _vector(text, request.dimensions)
        embedding: str | list[float] = vector
        if request.encoding_format == "base64":
            embedding = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        data.append({"object": "embedding", "index": i, "embedding": embedding})
    tokens = sum(map(_tokens, texts))
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return msgspec.json.encode({"object": "list", "data": data, "model": model, "usage": usage})


def cohere_body(request_body: bytes) -> bytes:
    """Answers Cohere's request: vectors by the type they were asked for in."""
    request = _cohere_decoder.decode(request_body)
    texts = request.texts or request.inputs
    vectors = [_vector(text, request.output_dimension) for text in texts]
    embeddings: dict[str, Any] = {kind: _as_type(vectors, kind) for kind in request.embedding_types}
    meta = {"api_version": {"version": "2"}, "billed_units": {"input_tokens": sum(map(_tokens, texts))}}
    id = f"{zlib.crc32(request_body):08x}"
    answer = {"id": id, "embeddings": embeddings, "texts": request.texts, "meta": meta}
    return msgspec.json.encode(answer | {"response_type": "embeddings_by_type"})


def google_body(request_body: bytes, endpoint: str) -> bytes:
    """Answers Gemini's request for one embedding or a batch of them, or Vertex's for predictions."""
    request = _google_decoder.decode(request_body)
    size = request.output_dimensionality
    if endpoint == "google_embed":
        return msgspec.json.encode({"embedding": {"values": _vector(request.content, size)}})
    if endpoint == "google_batch_embed":
        vectors = [_vector(each.get("content"), each.get("outputDimensionality", size)) for each in request.requests]
        return msgspec.json.encode({"embeddings": [{"values": vector} for vector in vectors]})
    predictions = [
        {
            "embeddings": {
                "statistics": {"truncated": False, "token_count": _tokens(each.get("content"))},
                "values": _vector(each.get("content"), size),
            }
        }
        for each in request.instances
    ]
    return msgspec.json.encode({"predictions": predictions})


def _as_type(vectors: list[list[float]], kind: str) -> list[Any]:
    if kind == "base64":
        return [base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode() for vector in vectors]
    if kind == "float":
        return vectors
    return [[round(x * 127) for x in vector] for vector in vectors]


def _tokens(text: object) -> int:
    return max(len(msgspec.json.encode(text)) // 4, 1)


def _vector(text: object, dimensions: int) -> list[float]:
    draw = random.Random(zlib.crc32(msgspec.json.encode(text)))  # noqa: S311 - no secret, only variety
    raw = [draw.gauss(0, 1) for _ in range(dimensions)]
    length = math.sqrt(sum(x * x for x in raw)) or 1.0
    return [x / length for x in raw]
