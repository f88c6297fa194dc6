"""What a span says a call consumed."""

from gateway.logged.otlp.attributes import number
from gateway.logged.otlp.span import Attributes
from providers.usage import Usage, known

_FACTS = (
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
    *("input_audio_tokens", "output_audio_tokens"),
)


def usage_of(attributes: Attributes) -> Usage | None:
    """Reads the token counts; None if there are none.

    Totals should contain their parts. Instrumentations that hand on what Anthropic reports leave the cached tokens
    out, which shows where these are more than the total.
    """
    counts = {fact: number(attributes, fact) for fact in _FACTS}
    total = counts["input_tokens"]
    cached = (counts["cache_read_tokens"] or 0) + (counts["cache_write_tokens"] or 0)
    if total is not None and cached > total:
        counts["input_tokens"] = total + cached
    return known(Usage(**counts))
