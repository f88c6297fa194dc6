"""Usage as Cohere reports it: once as it bills, once as its tokenizer counts, which includes Cohere's own template."""

from providers.lenient import mapping
from providers.usage import Usage, count, known


def read_usage(raw: object) -> Usage | None:
    """Reads a `usage` object of chat, or the `meta` of another answer; what is billed goes before what is counted.

    https://docs.cohere.com/docs/how-does-cohere-pricing-work
    """
    usage = mapping(raw)
    billed, counted = mapping(usage.get("billed_units")), mapping(usage.get("tokens"))
    input_tokens, output_tokens = count(billed.get("input_tokens")), count(billed.get("output_tokens"))
    return known(
        Usage(
            input_tokens=count(counted.get("input_tokens")) if input_tokens is None else input_tokens,
            output_tokens=count(counted.get("output_tokens")) if output_tokens is None else output_tokens,
            cache_read_tokens=count(usage.get("cached_tokens")),
            search_units=count(billed.get("search_units")),
        )
    )
