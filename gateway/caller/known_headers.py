"""The headers addressed to us: which are heeded, and what to say of those that are not.

A caller who asks for a guard must not believe it is there when it is not. So a header for something that the gateway
does not do, or does not know, has the call answered with a warning. Names are without `Weir-` or `Helicone-`.
"""

from difflib import get_close_matches
from functools import lru_cache

from gateway.caller.head import Head

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

_LONGEST_NAME = 60


def warnings_about(head: Head) -> list[str]:
    """Returns what a caller should know of its headers; mostly nothing."""
    return [
        _warning(name, "Weir" if f"weir-{name}".encode() in head.values else "Helicone")
        for name, value in head.ours.items()
        if name not in HEEDED
        and not name.startswith(HEEDED_PREFIXES)
        and name not in NEEDLESS
        and value.strip().lower() != "false"
    ]


@lru_cache(maxsize=512)
def _warning(name: str, prefix: str) -> str:
    written = f"{prefix}-{name[:_LONGEST_NAME].title()}"
    if name in UNMET:
        return f"{written} has no effect: {UNMET[name]}"
    near = get_close_matches(name[:_LONGEST_NAME], HEEDED, n=1)
    return f"{written} is not known and has no effect" + (f"; did you mean Weir-{near[0].title()}?" if near else "")
