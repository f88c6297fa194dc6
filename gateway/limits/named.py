"""Which limits a call is under: those its header names, and those that stand on its key."""

from typing import Protocol
from uuid import UUID

from control.api_keys import ApiKey
from control.key_limits import KeyLimit, LimitUnit
from control.key_spend import LONG_WINDOW_SECONDS
from gateway.caller.annotations import Annotations, properties_of
from gateway.caller.head import Head
from gateway.errors import BadRequest
from gateway.limits.policy import SCALE, Policy, Unit, parse_policies
from gateway.limits.reservation import Limit
from providers.facts import RequestFacts

HEADER = "ratelimit-policy"

_UNITS: dict[LimitUnit, Unit] = {"request": "request", "token": "token", "cent": "cents"}


class Limited(Protocol):
    """What is asked of a call."""

    head: Head
    key: ApiKey
    annotations: Annotations
    facts: RequestFacts


def is_limited(call: Limited) -> bool:
    """Whether the call may be under any limit; cheap, as every call is asked."""
    return HEADER in call.head.ours or bool(call.key.limits)


def limits_of(call: Limited) -> tuple[list[Limit], list[Limit]]:
    """Returns the limits that are counted as calls come, and the key's budgets over more than an hour.

    Raises BadRequest for a policy that makes no sense, or whose segment the call does not name.
    """
    value = call.head.ours.get(HEADER)
    named = [] if value is None else [_limit(call, policy) for policy in parse_policies(value)]
    own = [_key_limit(call.key, limit) for limit in call.key.limits]
    short = [limit for limit in own if limit.window_seconds <= LONG_WINDOW_SECONDS]
    return [*named, *short], [limit for limit in own if limit.window_seconds > LONG_WINDOW_SECONDS]


def _limit(call: Limited, policy: Policy) -> Limit:
    who = _segment(call, policy.segment)
    counter = f"{call.key.organization_id}|{policy.text}|{who}"
    return Limit(policy.quota, policy.window_seconds, policy.unit, counter, policy.text, policy.echo)


def _key_limit(key: ApiKey, limit: KeyLimit) -> Limit:
    text = f"key {limit}"
    counter = _key_counter(key.id, limit)
    return Limit(limit.quota * SCALE, limit.window_seconds, _UNITS[limit.unit], counter, text, str(limit))


def _key_counter(key_id: UUID, limit: KeyLimit) -> str:
    return f"key|{key_id}|{limit}"


def _segment(call: Limited, segment: str | None) -> str:
    if segment is None:
        return ""
    if segment == "user":
        found = call.annotations.user_id or call.facts.user_id
        missing = "`Weir-User-Id` (or `Helicone-User-Id`)"
    else:
        properties = properties_of(call.annotations, call.facts)
        found = next((pair.value for pair in properties if pair.name.lower() == segment), None)
        missing = f"`Weir-Property-{segment.title()}` (or `Helicone-Property-{segment.title()}`)"
    if not found:
        raise BadRequest(
            f"header `Weir-RateLimit-Policy` limits by `s={segment}`, but the call has no header {missing}"
        )
    return found
