"""How limits stand, told in the answer: as the IETF drafts name it, and as Helicone does."""

from collections.abc import Sequence

from gateway.asgi import Headers
from gateway.limits.counters import Standing
from gateway.limits.policy import SCALE, amount_text
from gateway.limits.reservation import Limit


def limit_headers(limits: Sequence[Limit], standings: Sequence[Standing]) -> Headers:
    """Returns the headers for the limit that leaves least, and the policies of all."""
    pairs = list(zip(limits, standings, strict=True))
    limit, standing = min(pairs, key=lambda pair: _left(*pair) / pair[0].quota)
    left, reset = _left(limit, standing), str(-(-standing.reset_ms // 1000))
    policies = ", ".join(f"{each.quota // SCALE};w={each.window_seconds}" for each in limits)
    headers = {
        "ratelimit-limit": str(limit.quota // SCALE),
        "ratelimit-remaining": str(left // SCALE),
        "ratelimit-reset": reset,
        "ratelimit-policy": policies,
    }
    for prefix, policy in (("weir-", ", ".join(each.text for each in limits)), ("helicone-", limit.echo)):
        headers[f"{prefix}ratelimit-limit"] = amount_text(limit.quota)
        headers[f"{prefix}ratelimit-remaining"] = amount_text(left)
        headers[f"{prefix}ratelimit-reset"] = reset
        headers[f"{prefix}ratelimit-policy"] = policy
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _left(limit: Limit, standing: Standing) -> int:
    return max(limit.quota - standing.used, 0)
