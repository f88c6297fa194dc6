"""Decides whether a name is that of a model in a price list, or only begins like it.

genai-prices matches loosely, so that it prices `claude-sonnet-4-5-giant` like `claude-sonnet-4-5`. Here a name must be
one that the list spells out, or one of those with a date or a version behind it.
"""

import re
from collections.abc import Iterable, Iterator

_DATE_AT_END = re.compile(
    r"""
    (?: [-@] \d{8} | -\d{4}-\d{2}-\d{2} | -\d{2}-\d{2} | -\d{2}-\d{4}   # 20250929, 2025-08-07, 05-06, 09-2025
    | -\d{4} | -00\d          # gpt-4-0613, mistral-small-2503, gemini-2.0-flash-001
    | [-@]latest | @default
    | -v\d+ (?: :\d+ )?       # Bedrock's versions, which follow the date
    | :\d{8}-v\d             # gpt-3.5-turbo-instruct:20230824-v2
    )$
    """,
    re.VERBOSE,
)
_PREVIEW = "-preview"


_INFERENCE_PROFILE = re.compile(r"arn:aws[a-z-]*:bedrock:[^:]*:\d*:(?:inference-profile|foundation-model)/(.+)")
_REGIONS = re.compile(r"^(?:us|us-gov|eu|apac|jp|au|ca|sa|regional|global)\.(?=[a-z0-9-]+\.)")
_GLOBAL = "global."


def without_address(model: str) -> str:
    """Returns a model's name without the places providers write before it: an ARN, or Google's `models/`.

    The ARN of an application's own profile does not name its model, and stays what it is.
    """
    profile = _INFERENCE_PROFILE.fullmatch(model)
    return profile[1] if profile is not None else model.removeprefix("models/")


def is_named_on_bedrock(model: str, id: str, names: Iterable[str]) -> bool:
    """Tells whether a name, with or without regions before it, is that of a model in Bedrock's price list.

    Where a call is served from anywhere it may cost less, so a global price holds for global names alone.
    """
    if id.startswith((_GLOBAL, "regional.")) and id.startswith(_GLOBAL) != model.startswith(_GLOBAL):
        return False
    return is_named(_REGIONS.sub("", model), [_REGIONS.sub("", name) for name in (id, *names)])


def is_named(model: str, names: Iterable[str], patterns: Iterable[str] = ()) -> bool:
    """Tells whether the model is one of the names, is one of them at a date, or matches one of the whole patterns."""
    known = {name.lower().rstrip("@-") for name in names}
    rest = model.lower()
    if rest.startswith("ft:"):
        rest = ":".join(rest.split(":")[:2])  # What follows names the organization and the tuning.
    if rest in known or any(re.fullmatch(pattern, rest) for pattern in patterns):
        return True
    return any(name in known for name in names_without_date(rest))


def names_without_date(model: str) -> Iterator[str]:
    """Yields what a model's name may be without dates and versions behind it, the longest first."""
    rest = model.lower()
    while (shorter := _DATE_AT_END.sub("", rest)) != rest:
        yield shorter
        if shorter.endswith(_PREVIEW):
            yield shorter.removesuffix(_PREVIEW)
        rest = shorter
