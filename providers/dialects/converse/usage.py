"""Usage as Converse reports it, whose `inputTokens` leave out whatever the cache gave or took."""

from providers.lenient import mapping, mappings, text
from providers.usage import Usage, count, known


def read_usage(raw: object) -> Usage | None:
    """Reads a `usage` object; cached tokens are added to those of the input.

    The three are apart, https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html. Should a model's
    total say that they are not, it is believed.
    """
    usage = mapping(raw)
    plain, output_tokens = count(usage.get("inputTokens")), count(usage.get("outputTokens"))
    read, written = count(usage.get("cacheReadInputTokens")), count(usage.get("cacheWriteInputTokens"))
    cached = (read or 0) + (written or 0)
    input_tokens = None if plain is None else plain + cached
    if plain is not None and count(usage.get("totalTokens")) == plain + (output_tokens or 0) and plain >= cached:
        input_tokens = plain
    return known(
        Usage(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cache_read_tokens=read,
            cache_write_tokens=written,
            cache_write_1h_tokens=_kept_for_an_hour(usage.get("cacheDetails")),
        )
    )


def read_tier(raw: object) -> str | None:
    """Reads the tier, which is an object of one member: default, priority, flex or reserved."""
    return text(mapping(raw).get("type"))


def _kept_for_an_hour(details: object) -> int | None:
    counts = [count(detail.get("inputTokens")) for detail in mappings(details) if detail.get("ttl") == "1h"]
    return sum(known for known in counts if known is not None) if counts else None
