"""Calls without a key of ours, where the operator lets them through as Helicone does: carried, and not recorded.

They go through a provider's own door with the caller's own credential and nothing of ours: no kept key, no other
target, no fallback, no cache, no limit, no record. What asks for no credential, such as a model on a machine of the
operator's, stays closed to them.
"""

from datetime import UTC, datetime
from uuid import UUID

from control.api_keys import ApiKey
from gateway.caller.credentials import NO_KEY, Credentials
from gateway.caller.head import Head
from gateway.errors import Unauthorized
from gateway.targets.doors import Target

NOBODY = ApiKey(
    id=UUID(int=0),
    organization_id=UUID(int=0),
    name="nobody",
    scopes=frozenset(),
    prefix="",
    created_at=datetime(1970, 1, 1, tzinfo=UTC),
)
"""Stands for the key of a call that has none."""


def nobody_at(target: Target, head: Head, credentials: Credentials) -> ApiKey:
    """Returns NOBODY for a call that may go without a key of ours. Raises Unauthorized for every other."""
    provider = target.catalogued
    has_own = bool(credentials.own) and provider is not None and provider.auth != "none" and not provider.is_local
    if not has_own or "fallbacks" in head.ours:
        raise Unauthorized(NO_KEY)
    return NOBODY
