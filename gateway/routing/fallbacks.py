"""Fallbacks that a caller names in a header, in Helicone's shape:

    Weir-Fallbacks: [{"target-url": "https://api.openai.com",
                      "headers": {"Authorization": "Bearer …"},
                      "onCodes": [429, {"from": 500, "to": 599}],
                      "bodyKeyOverride": {"model": "gpt-4o"}}, …]

They are tried in order. Where the path or a target header names a provider, that one comes first; otherwise the first
entry does. An entry is left for the next if it cannot be reached or answers with one of its `onCodes`; without
`onCodes` the rules of `gateway/routing/failover.py` hold. Each entry is sent the headers it names and no credential
besides: what was meant for one host goes to no other.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from control.secrets import holds_key
from gateway.caller.credentials import Credentials
from gateway.caller.head import Head
from gateway.errors import BadRequest, Forbidden
from gateway.routing.own_credential import may_be_secret, without_keys
from gateway.routing.plan import Candidate
from gateway.targets.doors import Target

MOST_FALLBACKS = 10

_SHAPE = (
    'a list such as [{"target-url": "https://api.openai.com", "headers": {"Authorization": "Bearer …"}, '
    '"onCodes": [429, {"from": 500, "to": 599}], "bodyKeyOverride": {"model": "gpt-4o"}}]'
)


class _Range(msgspec.Struct, rename={"first": "from", "last": "to"}, forbid_unknown_fields=True):
    first: int
    last: int


class _Entry(msgspec.Struct, rename={"url": "target-url"}, forbid_unknown_fields=True):
    url: str
    headers: dict[str, str] = {}
    onCodes: list[int | _Range] | None = None  # noqa: N815 - the caller's spelling
    bodyKeyOverride: dict[str, Any] | None = None  # noqa: N815


_decoder = msgspec.json.Decoder(list[_Entry])


def read_fallbacks(head: Head, raw_path: str, query: str, target_at: Callable[[str, str], Target]) -> list[Candidate]:
    """Returns the candidates that the header names, none without one.

    Raises BadRequest, naming the entry and the rule, or Forbidden for a host that is not allowed.
    """
    written = head.ours.get("fallbacks")
    if written is None:
        return []
    try:
        entries = _decoder.decode(written)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequest(f"header `Weir-Fallbacks` is not {_SHAPE}: {error}") from None
    if not 0 < len(entries) <= MOST_FALLBACKS:
        raise BadRequest(f"header `Weir-Fallbacks` has {len(entries)} entries, but must have 1 to {MOST_FALLBACKS}")
    query = without_keys(query)
    return [_candidate(index, entry, head, raw_path, query, target_at) for index, entry in enumerate(entries)]


def _candidate(
    index: int, entry: _Entry, head: Head, raw_path: str, query: str, target_at: Callable[[str, str], Target]
) -> Candidate:
    try:
        own = _head(entry.headers, head)
        return Candidate(
            target=target_at(entry.url, raw_path),
            head=own,
            credentials=Credentials("", own.credentials),
            query=query,
            override=entry.bodyKeyOverride,
            on_codes=None if entry.onCodes is None else _ranges(entry.onCodes),
            fallback_index=index,
        )
    except BadRequest as error:
        raise BadRequest(f"header `Weir-Fallbacks`, entry {index}: {error.message}") from None
    except Forbidden as error:
        raise Forbidden(f"header `Weir-Fallbacks`, entry {index}: {error.message}") from None


def _head(own: dict[str, str], head: Head) -> Head:
    """Returns the caller's head with the entry's headers in place of its credentials."""
    named: dict[bytes, bytes] = {}
    for name, value in own.items():
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise BadRequest(f"`{name[:80]}` is no name of a header")
        if not value.isprintable():
            raise BadRequest(f"the value of header `{name[:80]}` holds control characters")
        if holds_key(value):
            raise BadRequest(f"header `{name[:80]}` holds a Weir key, which goes to no provider")
        named[name.lower().encode()] = value.encode()
    kept = {name: value for name, value in head.values.items() if not may_be_secret(name)}
    return Head((kept | named).items())


def _ranges(codes: list[int | _Range]) -> tuple[range, ...]:
    ranges = []
    for code in codes:
        first, last = (code, code) if isinstance(code, int) else (code.first, code.last)
        if not 100 <= first <= last <= 599:
            raise BadRequest('`onCodes` holds statuses from 100 to 599, or {"from": …, "to": …} in that order')
        ranges.append(range(first, last + 1))
    return tuple(ranges)
