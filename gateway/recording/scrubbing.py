"""Takes secrets out of text before it is stored: the call's own credentials, and whatever looks like one."""

import re
from collections.abc import Iterable

REDACTED = "[redacted]"

_SHORTEST_SECRET = 8
"""A shorter credential is a placeholder such as `none`, and taking it out would damage ordinary words."""

_LOOKS_SECRET = re.compile(
    r"""
      (?P<scheme>\b(?i:bearer|basic)\s+)(?=\S*\d)[A-Za-z0-9._~+/=*-]{8,}                # an authorization header
    | (?P<name>[?&](?i:api[-_]?key|key|access_token|token|sig|signature)=)[^&\s"'<>]+   # in a query string
    | \b(?:sk-|pk-|rk-|gsk_|xai-|pplx-|hf_|r8_|AIza|ya29\.)[A-Za-z0-9_*.-]{12,}         # keys as providers make them
    """,
    re.VERBOSE,
)


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Returns the text without the given secrets and without what has the look of one."""
    text = without(text, secrets)
    return _LOOKS_SECRET.sub(lambda found: (found["scheme"] or found["name"] or "") + REDACTED, text)


def without(text: str, secrets: Iterable[str]) -> str:
    """Returns the text without the given secrets: for what is an application's own, where a look may deceive."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET and secret in text:
            text = text.replace(secret, REDACTED)
    return text
