"""Where a request is to go, read from its path and head.

    /{provider}/…                       a provider of the catalogue
    /v1/gateway/oai/… , …/anthropic/…   the same, by Helicone's older paths
    Weir-Target-URL: https://host       that host, whatever the path

What passes none of these doors is answered by the service app.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from gateway.caller.head import Head
from gateway.errors import BadRequest
from gateway.targets.hosts import AllowedHosts
from providers.catalog import Catalog, Provider
from providers.dialects.dialect import DIALECTS, Dialect, dialect_of

UNKNOWN = "custom"
"""The provider of a call to a host that is not in the catalogue."""

_ALIASES = {"/v1/gateway/oai/": "openai", "/v1/gateway/anthropic/": "anthropic"}
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
    """Without the query string."""
    path: str
    dialect: Dialect | None
    """The wire format spoken there, if it is one we parse."""
    error_dialect: Dialect | None
    """The wire format in which the caller expects errors."""
    catalogued: Provider | None
    """The catalogue's entry if the call goes through the provider's own door; only then is an operator's key sent."""
    knows_stream_usage: bool
    """Whether streamed chat completions there report usage when asked to."""


class Doors:
    """Finds the target of a path."""

    def __init__(self, catalog: Catalog, hosts: AllowedHosts) -> None:
        self._catalog = catalog
        self._hosts = hosts
        self._known: dict[str, Target] = {}

    def provider_target(self, raw_path: str) -> Target | None:
        """Returns where a path behind a provider's door leads, or None if no provider is meant.

        A provider's bare door, such as `/openai/`, has the empty path.
        """
        target = self._known.get(raw_path)
        if target is None:
            target = self._find(raw_path)
            if target is not None and len(raw_path) <= _LONGEST_CACHED_PATH:
                if len(self._known) >= _CACHED_PATHS:
                    self._known.clear()
                self._known[raw_path] = target
        return target

    def url_target(self, head: Head, raw_path: str) -> Target:
        """Returns where a target header leads. Raises BadRequest or Forbidden if it may not lead there."""
        return self.target_at(head.ours["target-url"], raw_path)

    def target_at(self, url: str, raw_path: str) -> Target:
        """Returns where a path at a host that the caller named leads. Raises as `url_target` does."""
        split = self._hosts.check(url)
        if not raw_path.startswith("/"):
            # Such as `*@elsewhere`, which behind the target would name another host.
            raise BadRequest("the path must start with a slash")
        _refuse_dot_segments(raw_path)
        path = split.path.rstrip("/") + raw_path
        provider = self._catalog.of_host(split.netloc) or self._catalog.of_host(split.hostname or "")
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

    def near(self, id: str) -> list[str]:
        """Returns the providers that a path's first segment may have meant; all of them if none comes near."""
        return self._catalog.near(id) or [provider.id for provider in self._catalog]

    def _find(self, raw_path: str) -> Target | None:
        provider, rest = self._split(raw_path)
        if provider is None:
            return None
        _refuse_dot_segments(rest)
        url = provider.url(rest) if rest.strip("/") else provider.base_url
        path = url.partition("://")[2].partition("/")[2]
        dialect = dialect_of(rest)
        return Target(
            provider=provider.id,
            host=provider.host,
            hostname=urlsplit(provider.base_url).hostname or "",
            url=url,
            path=f"/{path}" if rest.strip("/") else "",
            dialect=dialect,
            error_dialect=dialect or _own_dialect(provider),
            catalogued=provider,
            knows_stream_usage=provider.stream_usage,
        )

    def _split(self, raw_path: str) -> tuple[Provider | None, str]:
        for prefix, id in _ALIASES.items():
            if raw_path.startswith(prefix):
                return self._catalog.get(id), raw_path[len(prefix) - 1 :]
        first, _, rest = raw_path.lstrip("/").partition("/")
        return self._catalog.get(first), f"/{rest}"


def _refuse_dot_segments(path: str) -> None:
    if _DOT_SEGMENT.search(unquote(path)):
        raise BadRequest("the path holds `.` or `..` segments; write it out")


def _own_dialect(provider: Provider | None) -> Dialect | None:
    return DIALECTS[provider.dialects[0]] if provider and provider.dialects else None
