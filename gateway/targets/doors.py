"""Where a request is to go, read from its path and head.

    /{provider}/…                       a provider of the catalogue, by its id or another name it goes by
    /v1/gateway/oai/… , …/anthropic/…   the same, by Helicone's older paths, with or without /jawn in front
    Weir-Target-URL: https://host       that host, whatever the path
    Helicone-OpenAI-Api-Base: https://… that host, for a path behind OpenAI's door

What passes none of these doors is answered by the service app.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from gateway.caller.head import Head
from gateway.errors import BadRequest, Forbidden
from gateway.targets.hosts import AllowedHosts
from providers.address import is_value, values_in_path
from providers.catalog import Catalog
from providers.dialects.dialect import DIALECTS, Dialect, dialect_of
from providers.facts import DialectName
from providers.provider import Provider

UNKNOWN = "custom"
"""The provider of a call to a host that is not in the catalogue."""

_ALIAS = re.compile(r"(?:/jawn)?/v1/gateway/(oai|anthropic)/")
PART_HEADER = "host-"
_DOT_SEGMENT = re.compile(r"(^|[/\\])\.\.?([/\\]|$)")
_CACHED_PATHS = 4096
_LONGEST_CACHED_PATH = 256


@dataclass(frozen=True, slots=True)
class Target:
    """One place at a provider."""

    provider: str
    """Its id in the catalogue, or `custom`."""
    host: str
    """Host and port as the URL has them."""
    hostname: str
    url: str
    """Without the caller's query string; parts that differ from account to account are filled in before it is sent."""
    path: str
    dialect: Dialect | None
    """The wire format spoken there, if it is one we parse."""
    error_dialect: Dialect | None
    """The wire format in which the caller expects errors."""
    catalogued: Provider | None
    """The catalogue's entry if the call goes through the provider's own door; only then is a kept key sent."""
    knows_stream_usage: bool
    """Whether streamed chat completions there report usage when asked to."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """What the caller put in place of the address's parts."""


class Doors:
    """Finds the target of a path."""

    def __init__(self, catalog: Catalog, hosts: AllowedHosts) -> None:
        self._catalog = catalog
        self._hosts = hosts
        self._known: dict[str, Target] = {}

    def provider_target(self, raw_path: str, ours: Mapping[str, str] | None = None) -> Target | None:
        """Returns where a path behind a provider's door leads, or None if no provider is meant.

        `ours` are the request's headers that are addressed to us. A provider's bare door, such as `/openai/`, has the
        empty path.
        """
        target = self._known.get(raw_path)
        if target is None:
            provider, rest = self._split(raw_path)
            if provider is None:
                return None
            target = self._behind_door(provider, rest, dialect_of(rest), ours or {})
            if not provider.needed_parts and len(raw_path) <= _LONGEST_CACHED_PATH:
                if len(self._known) >= _CACHED_PATHS:
                    self._known.clear()
                self._known[raw_path] = target
        return target

    def dialect_target(
        self, provider: Provider, dialect: DialectName, model: str, *, is_stream: bool, ours: Mapping[str, str]
    ) -> Target:
        """Returns where this provider is asked for a model in a dialect it speaks; the URL may have a query."""
        path = provider.path_of(dialect, model, is_stream=is_stream)
        return self._behind_door(provider, path, DIALECTS.get(dialect), ours)

    def url_target(self, head: Head, raw_path: str) -> Target:
        """Returns where a target header leads. Raises BadRequest or Forbidden if it may not lead there."""
        target = self.target_at(head.ours["target-url"], raw_path)
        if target.provider == UNKNOWN and (label := head.ours.get("target-provider")) is not None:
            # It names whose prices hold there; no key and no habit of that provider goes with it.
            provider = self._catalog.get(label.strip().lower())
            return target if provider is None else replace(target, provider=provider.id)
        return target

    def api_base_target(self, head: Head, raw_path: str) -> Target | None:
        """Returns where Helicone's header for OpenAI's other hosts leads, or None if it is not OpenAI that is meant.

        Raises as `url_target` does.
        """
        provider, rest = self._split(raw_path)
        if provider is not None and provider.id not in ("openai", "azure"):
            return None
        # Helicone's own host is OpenAI's door: there this path is Azure's from its root, not our door and the rest.
        is_whole = provider is None or raw_path.startswith("/openai/deployments/")
        return self.target_at(head.ours["openai-api-base"], raw_path if is_whole else rest)

    def target_at(self, url: str, raw_path: str) -> Target:
        """Returns where a path at a host that the caller named leads. Raises as `url_target` does."""
        split = self._hosts.check(url)
        if not raw_path.startswith("/"):
            # Such as `*@elsewhere`, which behind the target would name another host.
            raise BadRequest("the path must start with a slash")
        _refuse_dot_segments(raw_path)
        path = split.path.rstrip("/") + raw_path
        provider = self._catalog.of_host(split.netloc, path) or self._catalog.of_host(split.hostname or "", path)
        dialect = dialect_of(path)
        return Target(
            provider=provider.id if provider else UNKNOWN,
            host=split.netloc.lower(),
            hostname=split.hostname or "",
            url=f"{split.scheme}://{split.netloc.lower()}{path}",
            path=path,
            dialect=dialect,
            error_dialect=dialect or _own_dialect(provider),
            catalogued=None,
            knows_stream_usage=provider is not None and provider.stream_usage,
        )

    def is_open(self, provider: Provider) -> bool:
        """Whether the provider's door leads anywhere: one on a machine of the operator's has to be named first."""
        split = urlsplit(provider.base_url)
        return not provider.is_local or self._hosts.is_trusted(split.hostname or "", split.port or 80)

    def near(self, id: str) -> list[str]:
        """Returns the providers that a path's first segment may have meant; none if none comes near."""
        return self._catalog.near(id)

    def _behind_door(self, provider: Provider, rest: str, dialect: Dialect | None, ours: Mapping[str, str]) -> Target:
        _refuse_dot_segments(rest)
        split = urlsplit(provider.base_url)
        if not self.is_open(provider):
            raise Forbidden(
                f"{provider.name} runs on a machine of your own: the operator opens its door by naming its address in "
                f'WEIR_UPSTREAMS, such as {{"{provider.id}": "{provider.base_url}"}}'
            )
        is_bare = not rest.strip("/")
        url = provider.base_url if is_bare else provider.url(rest)
        return Target(
            provider=provider.id,
            host=split.netloc,
            hostname=split.hostname or "",
            url=url,
            path="" if is_bare else "/" + url.partition("://")[2].partition("/")[2].partition("?")[0],
            dialect=dialect,
            error_dialect=dialect or _own_dialect(provider),
            catalogued=provider,
            knows_stream_usage=provider.stream_usage,
            parts=_chosen_parts(provider, rest, ours) if provider.needed_parts else {},
        )

    def _split(self, raw_path: str) -> tuple[Provider | None, str]:
        alias = _ALIAS.match(raw_path)
        if alias is not None:
            return self._catalog.get(alias[1]), raw_path[alias.end() - 1 :]
        first, _, rest = raw_path.lstrip("/").partition("/")
        return self._catalog.get(first), f"/{rest}"


def _chosen_parts(provider: Provider, path: str, ours: Mapping[str, str]) -> dict[str, str]:
    """Reads the parts of the address from the path, else from the caller's headers."""
    chosen = values_in_path(provider.base_url, path)
    for part in provider.needed_parts:
        value = ours.get(PART_HEADER + part, "").strip().lower()
        if value and not is_value(value):
            raise BadRequest(
                f"header `Weir-Host-{part.title()}` is `{value[:80]}`, but must be 1 to 63 small letters, digits and "
                "hyphens"
            )
        if value:
            chosen.setdefault(part, value)
    return chosen


def _refuse_dot_segments(path: str) -> None:
    if _DOT_SEGMENT.search(unquote(path)):
        raise BadRequest("the path holds `.` or `..` segments; write it out")


def _own_dialect(provider: Provider | None) -> Dialect | None:
    return DIALECTS.get(provider.dialects[0]) if provider and provider.dialects else None
