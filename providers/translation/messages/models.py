"""What messages' models differ in, as far as a request must be written otherwise for it.

Facts of platform.claude.com/docs: models overview, extended and adaptive thinking, structured outputs, and the
migration guides. A name of no known shape is taken for a current model.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_NEW_NAME = re.compile(r"claude-[a-z]+-(\d)(?:[-.](\d))?(?!\d)")
_OLD_NAME = re.compile(r"claude-(\d)(?:[-.](\d))?-[a-z]+")
_UNKNOWN_MAX_TOKENS = 8192


@dataclass(frozen=True)
class ModelFacts:
    """One model's ways."""

    max_tokens: int
    """The most it can answer, which the dialect wants to be told."""
    is_known: bool = True
    thinks_by_budget: bool = False
    thinks_adaptively: bool = False
    takes_sampling: bool = True
    """Whether temperature, top_p and top_k may be set."""
    takes_both_samplings: bool = False
    """Whether temperature and top_p may be set together."""
    has_structured_outputs: bool = False


@lru_cache(maxsize=256)
def facts_of(model: str) -> ModelFacts:
    """Returns what is known of a model by its version."""
    version = _version_of(model.lower())
    if version is None:
        return ModelFacts(_UNKNOWN_MAX_TOKENS, is_known=False, thinks_by_budget=True, takes_both_samplings=True)
    return ModelFacts(
        max_tokens=_max_tokens(model.lower(), version),
        thinks_by_budget=(3, 7) <= version < (4, 7),
        thinks_adaptively=version >= (4, 6),
        takes_sampling=version < (4, 7),
        takes_both_samplings=version < (4, 1),
        has_structured_outputs=version >= (4, 5) or "opus-4-1" in model,
    )


def _version_of(model: str) -> tuple[int, int] | None:
    found = _NEW_NAME.search(model) or _OLD_NAME.search(model)
    return (int(found[1]), int(found[2] or 0)) if found is not None else None


def _max_tokens(model: str, version: tuple[int, int]) -> int:
    if version < (3, 5):
        return 4096
    if version < (3, 7):
        return 8192
    if version < (4, 5) and "opus" in model:
        return 32000
    return 64000
