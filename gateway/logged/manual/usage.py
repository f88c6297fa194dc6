"""Token counts of answers in no dialect we know, by the names that are about."""

from collections.abc import Iterable, Mapping
from typing import Any

from providers.usage import Usage, count, known

_INPUT = ("prompt_tokens", "input_tokens", "prompt_token_count", "inputTokens", "prompt_eval_count")
_OUTPUT = ("completion_tokens", "output_tokens", "generation_token_count", "outputTokens", "eval_count")


def read_usage(objects: Iterable[Mapping[str, Any]]) -> Usage | None:
    """Reads the first of the objects that says anything: Llama's on Bedrock, Ollama's and the usual names."""
    for found in objects:
        usage = known(Usage(input_tokens=_first(found, _INPUT), output_tokens=_first(found, _OUTPUT)))
        if usage is not None:
            return usage
    return None


def _first(found: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((number for name in names if (number := count(found.get(name))) is not None), None)
