"""Usage as Gemini reports it, whose parts lie side by side: thoughts are no candidates, results of tools no prompt."""

from typing import Any

from providers.lenient import mapping, mappings, text
from providers.usage import Usage, count, known

_TIERS = {
    "on_demand_priority": "priority",
    "on_demand_flex": "flex",
    "traffic_type_unspecified": "standard",
    "unspecified": "standard",
}


def read_usage(raw: object) -> Usage | None:
    """Reads a `usageMetadata` object.

    `promptTokenCount` contains the cached tokens, while what tools of Google gave the model comes on top of it and is
    billed as input (https://ai.google.dev/api/generate-content#UsageMetadata).
    """
    usage = mapping(raw)
    prompt, candidates = count(usage.get("promptTokenCount")), count(usage.get("candidatesTokenCount"))
    thoughts, tools = count(usage.get("thoughtsTokenCount")), count(usage.get("toolUsePromptTokenCount"))
    total = count(usage.get("totalTokenCount"))
    input_tokens = None if prompt is None else prompt + (tools or 0)
    output_tokens = candidates
    if thoughts is not None and not _contains_thoughts(input_tokens, candidates, thoughts, total):
        output_tokens = (candidates or 0) + thoughts
    if output_tokens is None and total is not None and total == input_tokens:
        output_tokens = 0  # Proto3 leaves zeros out: a blocked prompt has no candidates to count.
    return known(
        Usage(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cache_read_tokens=count(usage.get("cachedContentTokenCount")),
            reasoning_tokens=thoughts,
            input_audio_tokens=_uncached("AUDIO", usage),
            output_audio_tokens=_of("AUDIO", usage.get("candidatesTokensDetails")),
            input_image_tokens=_uncached("IMAGE", usage),
            output_image_tokens=_of("IMAGE", usage.get("candidatesTokensDetails")),
        )
    )


def read_tier(raw: object) -> str | None:
    """Reads the tier the call was served at: `trafficType` on Vertex, `serviceTier` elsewhere."""
    usage = mapping(raw)
    tier = text(usage.get("serviceTier")) or text(usage.get("trafficType"))
    return None if tier is None else tier_name(tier)


def tier_name(tier: str) -> str:
    """Returns a tier in the words of the price lists."""
    lowered = tier[:64].lower()
    return _TIERS.get(lowered, lowered)


def _contains_thoughts(prompt: int | None, candidates: int | None, thoughts: int, total: int | None) -> bool:
    """Some models on Vertex have counted thoughts among the candidates; the total gives it away."""
    if not thoughts or prompt is None or candidates is None:
        return False
    return total == prompt + candidates and candidates >= thoughts


def _uncached(modality: str, usage: dict[str, Any]) -> int | None:
    """Counts a part of the prompt without what of it was cached, which is a part of its own."""
    prompt = _of(modality, usage.get("promptTokensDetails"))
    return None if prompt is None else max(prompt - (_of(modality, usage.get("cacheTokensDetails")) or 0), 0)


def _of(modality: str, details: object) -> int | None:
    counts = [count(part.get("tokenCount")) for part in mappings(details) if part.get("modality") == modality]
    return sum(known for known in counts if known is not None) if counts else None
