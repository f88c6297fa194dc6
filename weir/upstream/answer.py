"""What the fake upstream says: made from the prompt alone, so that the same question has the same answer."""

import itertools
import random
import time
import zlib
from typing import Any, Literal

import msgspec

from weir.upstream.behaviour import Behaviour

_VOCABULARY = """
    water river dam flow gate level stone bank spring stream measure depth rain field mill bridge current basin source
    mouth delta lake pool fall rise hold pass turn slow clear cold deep wide steady gauge record season north south
    valley hill channel course ridge the a of and to in over under through beside where when as with
"""
_WORDS = random.Random(7).choices(_VOCABULARY.split(), k=8192)  # noqa: S311 - no secret, only variety

FinishReason = Literal["stop", "length", "tool_calls"]

_serial = itertools.count(1)


class ToolCall(msgspec.Struct, frozen=True):
    id: str
    name: str
    arguments: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, before any dialect writes it down."""

    id: str
    """Twenty-four hexadecimal digits; dialects put their prefix before it."""
    model: str
    words: list[str]
    reasoning: str
    tool_calls: list[ToolCall]
    finish_reason: FinishReason
    input_tokens: int
    """All prompt tokens, those of the cache included."""
    output_tokens: int
    """All completion tokens, reasoning included."""
    cached_tokens: int
    cache_write_tokens: int
    cache_write_1h_tokens: int
    reasoning_tokens: int
    service_tier: str | None
    has_usage: bool
    created_at: int = msgspec.field(default_factory=lambda: int(time.time()))
    """Unix time of the answer."""

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def pieces(self, chunks: int | None) -> list[str]:
        """Cuts the text for a stream: one piece a word, or the number of pieces asked for."""
        words = [word if i == 0 else f" {word}" for i, word in enumerate(self.words)]
        if chunks is None or chunks >= len(words):
            return words
        size, more = divmod(len(words), max(chunks, 1))
        pieces, start = [], 0
        for i in range(max(chunks, 1)):
            end = start + size + (i < more)
            pieces.append("".join(words[start:end]))
            start = end
        return pieces


def make_answer(
    prompt: bytes, model: str, behaviour: Behaviour, *, limit: int | None, tools: list[Any], must_call: bool
) -> Answer:
    """Answers a prompt: `limit` is the caller's limit on output tokens, `tools` are the names it offers."""
    seed = zlib.crc32(prompt)
    reasoning_tokens = behaviour.reasoning_tokens
    if reasoning_tokens is None:
        reasoning_tokens = 32 + seed % 97 if "reasoning" in model else 0
    calls = behaviour.tool_calls if behaviour.tool_calls is not None else int(must_call)
    wanted = behaviour.output_tokens if behaviour.output_tokens is not None else 12 + seed % 53
    finish: FinishReason = "tool_calls" if calls else "stop"
    if calls:
        wanted = 0
    elif limit is not None and wanted > limit:
        wanted, finish = max(limit, 0), "length"
    tool_calls = [_tool_call(seed, i, tools) for i in range(calls)]
    cached, written = behaviour.cached_tokens, max(behaviour.cache_write_tokens, behaviour.cache_write_1h_tokens)
    return Answer(
        id=f"{seed:08x}{next(_serial):016x}",
        model=model,
        words=_words(seed, wanted),
        reasoning=" ".join(_words(seed + 1, min(reasoning_tokens, 200))),
        tool_calls=tool_calls,
        finish_reason=finish,
        input_tokens=max(len(prompt) // 4, 1) + cached + written,
        output_tokens=wanted + reasoning_tokens + sum(8 + len(call.arguments) // 4 for call in tool_calls),
        cached_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=behaviour.cache_write_1h_tokens,
        reasoning_tokens=reasoning_tokens,
        service_tier=behaviour.service_tier,
        has_usage=not behaviour.no_usage,
    )


def _words(seed: int, n: int) -> list[str]:
    start = seed % 4096
    words = _WORDS[start : start + n]
    while len(words) < n:
        words += _WORDS[: n - len(words)]
    return words


def _tool_call(seed: int, i: int, tools: list[Any]) -> ToolCall:
    names = [name for name in tools if isinstance(name, str)] or ["lookup"]
    words = _words(seed + i, 2)
    arguments = f'{{"query":"{words[0]} {words[1]}","limit":{1 + (seed + i) % 9}}}'
    return ToolCall(id=f"{seed:08x}{i:04x}", name=names[i % len(names)], arguments=arguments)
