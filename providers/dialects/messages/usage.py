"""Usage as messages reports it, whose `input_tokens` leave out whatever the cache gave or took."""

from typing import Any

from providers.lenient import mapping, mappings, text
from providers.usage import Usage, count, known


def read_usage(raw: object) -> Usage | None:
    """Reads a `usage` object; cached tokens and those of compactions are added to the totals."""
    usage = mapping(raw)
    total = _own_usage(usage)
    for iteration in mappings(usage.get("iterations")):
        # A compaction is billed but left out of the totals; the other iterations are in them.
        if iteration.get("type") == "compaction":
            total = _sum(total, _own_usage(iteration))
    return known(total)


def read_tier(raw: object) -> str | None:
    """Reads the price tier.

    Fast mode is a tier to whoever pays for it, though it is reported as a speed; and inference in the United States
    alone costs more at every tier, which the suffix `-us` tells.
    """
    usage = mapping(raw)
    tier = "fast" if usage.get("speed") == "fast" else text(usage.get("service_tier"))
    return f"{tier or 'standard'}-us" if usage.get("inference_geo") == "us" else tier


def _own_usage(usage: dict[str, Any]) -> Usage:
    uncached = count(usage.get("input_tokens"))
    read = count(usage.get("cache_read_input_tokens"))
    by_lifetime = mapping(usage.get("cache_creation"))
    short, long = (
        count(by_lifetime.get("ephemeral_5m_input_tokens")),
        count(by_lifetime.get("ephemeral_1h_input_tokens")),
    )
    written = count(usage.get("cache_creation_input_tokens"))
    if written is None and (short is not None or long is not None):
        written = (short or 0) + (long or 0)
    return Usage(
        input_tokens=None if uncached is None else uncached + (read or 0) + (written or 0),
        output_tokens=count(usage.get("output_tokens")),
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=long,
        reasoning_tokens=count(mapping(usage.get("output_tokens_details")).get("thinking_tokens")),
        web_searches=count(mapping(usage.get("server_tool_use")).get("web_search_requests")),
    )


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(**{name: _plus(getattr(one, name), getattr(other, name)) for name in Usage.__struct_fields__})


def _plus(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)
