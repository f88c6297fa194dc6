"""When two names mean the same model: providers spell one model in many ways.

    claude-sonnet-4-5
    anthropic/claude-sonnet-4.5                        at OpenRouter
    global.anthropic.claude-sonnet-4-5-20250929-v1:0   at Bedrock
    accounts/fireworks/models/glm-4p7                  for glm-4.7 at Fireworks

Only the spelling is undone: whose name stands in front, dots and dashes, capitals. A date tells one model from another
and stays, but for Claude's, of which there is one for every version.
"""

import re

_BEDROCK_OWNER = re.compile(r"^(?:[a-z-]+\.){1,2}(?=[a-z])")
_BEDROCK_VERSION = re.compile(r"-v\d+(?::\d+)?(?::\d+k)?$")
_POINT = re.compile(r"(?<=\d)(?:\.|p(?=\d))")
_CLAUDE_DATE = re.compile(r"^(claude-.+?)[-@]20\d{6}$")


def plain_name(name: str) -> str:
    """Returns the name without whatever providers do to it, for comparing."""
    name = name.strip().lower().rsplit("/", 1)[-1]
    if _BEDROCK_OWNER.match(name):
        name = _BEDROCK_VERSION.sub("", _BEDROCK_OWNER.sub("", name))
    return _POINT.sub("-", name).replace(".", "-")


def undated(plain: str) -> str | None:
    """Returns a plain name without its date where the date adds nothing; None if there is none."""
    found = _CLAUDE_DATE.match(plain)
    return found[1] if found is not None else None
