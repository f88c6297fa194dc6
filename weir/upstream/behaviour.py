"""How a call to the fake upstream is to be answered, as the caller asked for it.

A caller asks with headers or, where its SDK lets it choose nothing but a model, with words after the model's name:

    x-upstream-output-tokens: 40
    model: "demo-small+output-tokens=40+gzip"

    first-byte-ms=N         wait before the response begins
    chunk-ms=N              wait before every chunk of a stream after the first
    chunks=N                cut the text of a stream into N chunks; otherwise one for every word
    output-tokens=N         words of the answer
    cached-tokens=N         prompt tokens read from the cache
    cache-write-tokens=N    prompt tokens written to the cache
    cache-write-1h-tokens=N the part of them kept for an hour
    reasoning-tokens=N      tokens of reasoning before the answer
    tool-calls=N            call N tools instead of answering
    service-tier=NAME       report this tier
    status=N                answer with this error
    retry-after=N           say so, in seconds, beside an error
    error-after=N           report an error inside the stream after N chunks of content
    die                     close the connection before the response
    die-after=N             close it after N chunks of content, or in the middle of a plain body
    reset                   when dying, reset the connection instead of closing it
    hang                    never respond
    hang-after=N            never send more after N chunks of content
    garbage                 answer 200 with bytes that are no JSON
    content-length=N        claim this length of a plain body
    no-usage                leave the usage out
    usage-unasked           report a stream's usage in its last chunk without being asked, as Mistral does
    gzip                    encode the response
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

_PREFIX = b"x-upstream-"


class Behaviour(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """What the caller asked for; the module's docstring says what each means."""

    first_byte_ms: float = 0
    chunk_ms: float = 0
    chunks: int | None = None
    output_tokens: int | None = None
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int | None = None
    tool_calls: int | None = None
    service_tier: str | None = None
    status: int | None = None
    retry_after: str | None = None
    error_after: int | None = None
    die: bool = False
    die_after: int | None = None
    reset: bool = False
    hang: bool = False
    hang_after: int | None = None
    garbage: bool = False
    content_length: int | None = None
    no_usage: bool = False
    usage_unasked: bool = False
    gzip: bool = False


PLAIN = Behaviour()
_KNOWN = {field.encode_name: field.name for field in msgspec.structs.fields(Behaviour)}


class BehaviourError(ValueError):
    """The caller asked for something that does not exist; the message says what does."""


def read_behaviour(model: str, headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, Behaviour]:
    """Returns the model's name without the words after it, and the behaviour they and the headers ask for.

    Raises BehaviourError.
    """
    asked: dict[str, Any] = {}
    name, *words = model.split("+") if "+" in model else (model,)
    for word in words:
        key, _, value = word.partition("=")
        asked[key] = value or "true"
    for header, said in headers:
        if header.startswith(_PREFIX):
            asked[header[len(_PREFIX) :].decode("latin-1")] = said.decode("latin-1") or "true"
    if not asked:
        return name, PLAIN
    unknown = sorted(asked.keys() - _KNOWN.keys())
    if unknown:
        raise BehaviourError(f"unknown behaviour `{unknown[0]}`; there are: {', '.join(sorted(_KNOWN))}")
    try:
        return name, msgspec.convert(asked, Behaviour, strict=False)
    except msgspec.ValidationError as error:
        raise BehaviourError(re.sub(r" - at `\$\.(.+)`", r" for `\1`", str(error))) from None
