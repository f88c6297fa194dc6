"""Marks in a prompt up to which the provider is to keep it: Anthropic's `cache_control` and Bedrock's `cachePoint`.

Callers of chat completions write `cache_control` as well, the way OpenRouter introduced it.
"""

from providers.facts import JsonObject
from providers.translation.source import Source

_SHORT = "5m"


def read_mark(source: Source) -> str | None:
    """Takes the mark of a block or tool; returns how long to keep, None if there is none."""
    control = source.inner("cache_control")
    if control is None:
        return None
    control.take("type")
    ttl = control.text("ttl") or _SHORT
    control.finish()
    source.notes.has_cache_marks = True
    return ttl


def cache_control(ttl: str | None) -> JsonObject:
    """Returns the member that marks a block of messages; empty if it is not marked."""
    if ttl is None:
        return {}
    return {"cache_control": {"type": "ephemeral"} if ttl == _SHORT else {"type": "ephemeral", "ttl": ttl}}


def cache_point(ttl: str) -> JsonObject:
    """Returns the block that marks what stands before it in Converse."""
    return {"cachePoint": {"type": "default"} if ttl == _SHORT else {"type": "default", "ttl": ttl}}
