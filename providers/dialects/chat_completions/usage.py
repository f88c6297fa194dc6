"""Usage as chat completions and its many relatives report it."""

from decimal import Decimal
from typing import Any

from providers.lenient import dollars
from providers.usage import Usage, count, known, seconds

_NOTHING: dict[str, Any] = {}
_TICKS_PER_DOLLAR = Decimal(10**10)


def read_usage(raw: object) -> Usage | None:
    """Reads a `usage` object; totals contain their parts, as in OpenAI's own reports."""
    if not isinstance(raw, dict):
        return None
    prompt = _part(raw, "prompt_tokens_details")
    completion = _part(raw, "completion_tokens_details")
    input_tokens, output_tokens = count(raw.get("prompt_tokens")), count(raw.get("completion_tokens"))
    reasoning = count(completion.get("reasoning_tokens"))
    if reasoning is None:
        reasoning = count(raw.get("reasoning_tokens"))  # Perplexity
    hit, miss = count(raw.get("prompt_cache_hit_tokens")), count(raw.get("prompt_cache_miss_tokens"))
    if input_tokens is None and hit is not None and miss is not None:
        input_tokens = hit + miss  # DeepSeek's two halves alone.
    total = count(raw.get("total_tokens"))
    if reasoning and input_tokens is not None and output_tokens is not None:
        # xAI reports reasoning beside the completion, which the total gives away; so does Perplexity's deep research,
        # where only the reasoning's size does.
        is_beside = total == input_tokens + output_tokens + reasoning or reasoning > output_tokens
        output_tokens += reasoning if is_beside else 0
    cached = count(prompt.get("cached_tokens"))
    if cached is None:
        cached = count(raw.get("cached_tokens"))  # Moonshot
    return known(
        Usage(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cache_read_tokens=hit if cached is None else cached,
            cache_write_tokens=count(prompt.get("cache_write_tokens")),
            reasoning_tokens=reasoning,
            input_audio_tokens=count(prompt.get("audio_tokens")),
            output_audio_tokens=count(completion.get("audio_tokens")),
            input_image_tokens=count(prompt.get("image_tokens")),
            output_image_tokens=count(completion.get("image_tokens")),
            input_audio_seconds=seconds(raw.get("prompt_audio_seconds")),  # Mistral
        )
    )


def read_cost(raw: object) -> Decimal | None:
    """Reads what the provider says the call cost: OpenRouter, Perplexity, DeepInfra and xAI do."""
    if not isinstance(raw, dict):
        return None
    cost = raw.get("cost")
    if isinstance(cost, dict):
        cost = cost.get("total_cost")
    ticks = dollars_of_ticks(raw.get("cost_in_usd_ticks"))
    if ticks is not None:
        return ticks
    amount = dollars(raw.get("estimated_cost") if cost is None else cost)
    # With a key of the caller's own OpenRouter takes its fee, and the maker of the model the rest.
    upstream = (
        dollars(_part(raw, "cost_details").get("upstream_inference_cost")) if raw.get("is_byok") is True else None
    )
    return amount if upstream is None else (amount or Decimal(0)) + upstream


def dollars_of_ticks(ticks: object) -> Decimal | None:
    """Reads xAI's cost, in units of 10^-10 dollars."""
    whole = count(ticks)
    return None if whole is None else dollars(str(whole / _TICKS_PER_DOLLAR))


def _part(raw: dict[str, Any], name: str) -> dict[str, Any]:
    part = raw.get(name)
    return part if isinstance(part, dict) else _NOTHING
