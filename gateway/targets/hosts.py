"""Which hosts the gateway may speak to.

Three kinds of host are known: those of the catalogue, those the operator listed in `WEIR_ALLOWED_TARGETS`, and those
that replace a provider's own in `WEIR_UPSTREAMS`. Of these, the catalogue's public ones are spoken to over https at
public addresses only, so that neither a header nor a forged name can lead into the network the gateway stands in.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from gateway.errors import BadRequest, Forbidden
from providers.catalog import Catalog

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class ListedHost:
    """One entry of the operator's list: `host`, `host:port` or `*.domain`."""

    name: str
    port: int | None

    @classmethod
    def parse(cls, entry: str) -> "ListedHost":
        """Raises ValueError if the entry is none of the three forms."""
        wildcard = "*." if entry.startswith("*.") else ""
        split = urlsplit(f"//{entry.removeprefix('*.').lower()}")
        if not split.hostname or split.path or split.query or "@" in entry or not _HOST.fullmatch(split.hostname):
            raise ValueError(f"`{entry}` is no host: write `host`, `host:port` or `*.domain`, without https://")
        return cls(wildcard + split.hostname, split.port)

    def matches(self, host: str, port: int) -> bool:
        if self.port is not None and self.port != port:
            return False
        return host.endswith(self.name[1:]) if self.name.startswith("*.") else host == self.name


class AllowedHosts:
    """The hosts a call may go to."""

    def __init__(self, catalog: Catalog, listed: Iterable[str], overridden: Iterable[str]) -> None:
        """`listed` are the operator's entries; `overridden` the providers whose base URL the operator replaced."""
        self._catalog = catalog
        self._listed = [ListedHost.parse(entry) for entry in listed]
        replaced = {provider.id for id in overridden if (provider := catalog.get(id)) is not None}
        self._trusted = {
            _place(urlsplit(provider.base_url))
            for provider in catalog
            if (not provider.is_local and urlsplit(provider.base_url).scheme == "http") or provider.id in replaced
        }

    def is_trusted(self, host: str, port: int) -> bool:
        """Whether the operator, or the catalogue itself, says that this host may be a private one."""
        return (host, port) in self._trusted or any(entry.matches(host, port) for entry in self._listed)

    def check(self, url: str) -> SplitResult:
        """Returns the parts of a target URL that a caller gave.

        Raises BadRequest if it is no plain URL, Forbidden if its host is not allowed.
        """
        split = _split(url)
        host, port = _place(split)
        if self.is_trusted(host, port):
            return split
        if self._catalog.of_host(split.netloc) is None and self._catalog.of_host(host) is None:
            raise Forbidden(
                f"target host `{host}` is not allowed; hosts of the catalogue's providers are, where WEIR_UPSTREAMS "
                "does not replace them, and what the operator lists in WEIR_ALLOWED_TARGETS"
            )
        if split.scheme != "https" or port != _DEFAULT_PORTS["https"]:
            raise Forbidden(
                f"target `{split.scheme}://{split.netloc}` must be https on its usual port; other targets must be "
                "listed by the operator in WEIR_ALLOWED_TARGETS"
            )
        return split


def _split(url: str) -> SplitResult:
    rule = "header `Weir-Target-URL` must be a URL such as https://api.openai.com"
    try:
        split = urlsplit(url.strip())
        port = split.port
    except ValueError as error:
        raise BadRequest(f"{rule}: {error}") from error
    if split.scheme not in _DEFAULT_PORTS or not split.hostname or port == 0:
        raise BadRequest(rule)
    if split.username is not None or split.query or split.fragment or not _HOST.fullmatch(split.hostname):
        raise BadRequest(f"{rule}, without user, query or fragment")
    if not re.fullmatch(r"[!-~]*", split.path) or "\\" in split.path:
        raise BadRequest(f"{rule}, percent-encoded")
    return split


def _place(split: SplitResult) -> tuple[str, int]:
    return split.hostname or "", split.port or _DEFAULT_PORTS[split.scheme]
