"""The headers addressed to us: which are heeded, and what to say of those that are not.

A caller who asks for a guard must not believe it is there when it is not. So a header for something that the gateway
does not do, or does not know, has the call answered with a warning. Names are without `Weir-` or `Helicone-`.
"""

from difflib import get_close_matches
from functools import lru_cache

from gateway.caller.head import Head, once_a_head

HEEDED = frozenset(
    {
        *("auth", "request-id", "user-id", "session-id", "session-path", "session-name"),
        *("prompt-id", "prompt-version", "prompt-inputs", "model-override"),
        *("omit-request", "omit-response", "stream-usage"),
        *("target-url", "target-provider", "openai-api-base"),
        *("route", "strategy", "fallbacks", "attempt-seconds", "first-token-seconds", "total-seconds"),
        *("retry-enabled", "retry-num", "retry-factor", "retry-min-timeout", "retry-max-timeout"),
        *("cache-enabled", "cache-read", "cache-save", "cache-seed", "cache-bucket-max-size", "cache-bucket-fill"),
        *("cache-ignore-keys", "cache-control", "ratelimit-policy"),
    }
)
HEEDED_PREFIXES = ("property-", "host-")

NEEDLESS = frozenset({"increase-timeout", "gateway-body-mapping", "org-id"})
"""Nothing is lost without them: providers may take long anyhow, the path says the format, the key its organization."""

_MODERATION = "nothing is moderated by this gateway"
_SECURITY = "prompts are not checked for attacks by this gateway"
_FAN_OUT = "calls are sent on to no other service"
_EXPERIMENT = "experiments and jobs are not recorded"
_PROMPT = "of prompts, id, version and inputs are recorded; templates are not filled in here"
UNMET = {
    "moderations-enabled": _MODERATION,
    "llm-security-enabled": _SECURITY,
    "llm-security-advanced": _SECURITY,
    "prompt-security-enabled": _SECURITY,
    "token-limit-exception-handler": "nothing is cut from a request that is too long; name several models instead, and "
    "the next one is asked",
    "stream-force-format": "events are passed on as they come, in whatever pieces",
    "webhook-enabled": "there are no webhooks for calls",
    "posthog-key": _FAN_OUT,
    "posthog-api-key": _FAN_OUT,
    "posthog-host": _FAN_OUT,
    "lytix-key": _FAN_OUT,
    "lytix-host": _FAN_OUT,
    "prompt-mode": _PROMPT,
    "prompt-name": _PROMPT,
    "prompt-format": _PROMPT,
    "experiment-id": _EXPERIMENT,
    "experiment-column-id": _EXPERIMENT,
    "experiment-row-index": _EXPERIMENT,
    "node-id": _EXPERIMENT,
    "job-id": _EXPERIMENT,
    "jwt": "a call is known by its key alone",
    "manual-access-key": "a call is known by its key alone",
    "forced-routing": "name the provider in the path or with the model instead",
}
"""Headers of Helicone's that ask for what is not done here, and what there is to know."""

_RETRY = ("retry-enabled",)
_CACHE = ("cache-enabled", "cache-read", "cache-save")
_ONLY_WITH: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("retry-num", "retry-factor", "retry-min-timeout", "retry-max-timeout"), _RETRY),
    **dict.fromkeys(("cache-seed", "cache-bucket-max-size", "cache-bucket-fill", "cache-ignore-keys"), _CACHE),
    "cache-control": _CACHE,
    "target-provider": ("target-url",),
}
"""Headers that mean something beside another one alone."""
_WHERE_MODELS_DECIDE = frozenset({"route", "strategy"})
_ALWAYS_HEEDED = HEEDED - _ONLY_WITH.keys() - _WHERE_MODELS_DECIDE

_LONGEST_NAME = 60


def warnings_about(head: Head, *, model_decides: bool) -> list[str]:
    """Returns what a caller should know of its headers; mostly nothing.

    `model_decides` says whether the call came by the unified door.
    """
    return [
        f"{_written(head, name)} {why}"
        for name, value in _doubtful(head)
        if (why := _why_not(name, value, head, model_decides)) is not None
    ]


@once_a_head
def _doubtful(head: Head) -> list[tuple[str, str]]:
    """Returns the headers that are not heeded in every case."""
    return [
        (name, value)
        for name, value in head.ours.items()
        if name not in _ALWAYS_HEEDED and not name.startswith(HEEDED_PREFIXES)
    ]


def _why_not(name: str, value: str, head: Head, model_decides: bool) -> str | None:
    """Returns why a header has no effect, None if it has."""
    if name in NEEDLESS or value.strip().lower() == "false":
        return None
    if name in _ONLY_WITH:
        needed = _ONLY_WITH[name]
        return None if not head.ours.keys().isdisjoint(needed) else f"has no effect without Weir-{needed[0].title()}"
    if name in _WHERE_MODELS_DECIDE:
        return None if model_decides else "has no effect: the path names who is asked"
    return f"has no effect: {UNMET[name]}" if name in UNMET else _unknown(name)


def _written(head: Head, name: str) -> str:
    prefix = "Weir" if f"weir-{name}".encode() in head.values else "Helicone"
    return f"{prefix}-{name[:_LONGEST_NAME].title()}"


@lru_cache(maxsize=512)
def _unknown(name: str) -> str:
    near = get_close_matches(name[:_LONGEST_NAME], HEEDED, n=1)
    return "is not known and has no effect" + (f"; did you mean Weir-{near[0].title()}?" if near else "")
