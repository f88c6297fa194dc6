"""What Azure adds to OpenAI's chat completions: what its content filter thought of prompt and answer."""

from collections.abc import Iterator
from typing import Any

import msgspec

from weir.upstream.exchange import Reply, Stream

_SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}
_PROMPT = [{"prompt_index": 0, "content_filter_results": _SAFE}]


def with_filter_results(answered: Reply | Stream) -> Reply | Stream:
    """Returns the answer as Azure would give it; in a stream what the filter thought comes first, in its own chunk."""
    if isinstance(answered, Stream):
        return Stream(_events(iter(answered.events)), answered.error, answered.id, answered.content_type)
    body: dict[str, Any] = msgspec.json.decode(answered.body)
    for choice in body["choices"]:
        choice["content_filter_results"] = _SAFE
    return Reply(msgspec.json.encode(body | {"prompt_filter_results": _PROMPT}), id=answered.id)


def _events(events: Iterator[tuple[bool, bytes]]) -> Iterator[tuple[bool, bytes]]:
    first: dict[str, Any] = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
    yield False, b"data: " + msgspec.json.encode(first | {"prompt_filter_results": _PROMPT}) + b"\n\n"
    yield from events
