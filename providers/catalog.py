"""The catalogue of providers: who they are, where they answer, how they want to be asked.

The facts are data in `catalog.toml`; a further provider is a further table there. This module reads no environment:
whoever wants other base URLs passes them to `load_catalog`.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from urllib.parse import urlsplit

import msgspec

from providers.address import is_value
from providers.provider import Provider


class Catalog:
    """The providers by their ids."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = dict(providers)
        self._by_name = {alias: provider for provider in providers.values() for alias in provider.aliases}
        self._by_name |= self._providers
        self._by_host: dict[str, list[Provider]] = {}
        self._of_many_hosts: list[Provider] = []
        for provider in self._providers.values():
            self._by_host.setdefault(provider.host, []).append(provider)
            if provider.hosts or "{" in provider.host:
                self._of_many_hosts.append(provider)

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._providers.values())

    def get(self, id: str) -> Provider | None:
        """Returns the provider of an id or of another name it goes by, LiteLLM's with its underscores included."""
        return self._by_name.get(id) or self._by_name.get(id.replace("_", "-"))

    def of_host(self, host: str, path: str = "") -> Provider | None:
        """Returns the provider that answers at this host, a port included where the base URL has one.

        Where several share a host, the one whose base URL has most in common with the path.
        """
        host = host.lower()
        found = self._by_host.get(host) or [
            provider for provider in self._of_many_hosts if provider.values_of_host(host) is not None
        ]
        return max(found, key=lambda provider: _shared_length(provider, path), default=None)

    def near(self, id: str) -> list[str]:
        """Returns the ids a mistyped id may have meant, best first."""
        return difflib.get_close_matches(id.lower(), self._providers, n=3, cutoff=0.5)


def load_catalog(
    base_urls: Mapping[str, str] | None = None, parts: Mapping[str, Mapping[str, str]] | None = None
) -> Catalog:
    """Reads the catalogue.

    `base_urls` replaces the base URL of some providers, by id; `parts` fills parts of base URLs, by provider and part.
    Raises ValueError if either names a provider or part that is not in the catalogue.
    """
    tables = tomllib.loads(files("providers").joinpath("catalog.toml").read_text(encoding="utf-8"))
    providers = {id: msgspec.convert({"id": id, **table}, Provider) for id, table in tables.items()}
    catalog = Catalog(providers)
    for id, url in (base_urls or {}).items():
        provider = _known(catalog, id, "the base URLs")
        providers[provider.id] = msgspec.structs.replace(
            provider, base_url=url.rstrip("/"), base_urls=_moved(provider, url.rstrip("/")), hosts={}
        )
    for id, values in (parts or {}).items():
        provider = providers[_known(catalog, id, "the parts of hosts").id]
        _refuse_wrong_parts(provider, values)
        providers[provider.id] = msgspec.structs.replace(provider, parts={**provider.parts, **values})
    return Catalog(providers)


def _known(catalog: Catalog, id: str, where: str) -> Provider:
    provider = catalog.get(id)
    if provider is None:
        near = ", ".join(catalog.near(id))
        raise ValueError(f"unknown provider `{id}` in {where}" + (f"; did you mean: {near}?" if near else ""))
    return provider


def _moved(provider: Provider, base_url: str) -> dict[str, str]:
    """Returns the other base URLs of a provider under the host, and what comes before the old path, of the new one."""
    old, new = urlsplit(provider.base_url), urlsplit(base_url)
    prefix = new.path.removesuffix(old.path) if new.path.endswith(old.path) else ""
    return {
        dialect: f"{new.scheme}://{new.netloc}{prefix}{urlsplit(url).path}"
        for dialect, url in provider.base_urls.items()
    }


def _refuse_wrong_parts(provider: Provider, values: Mapping[str, str]) -> None:
    for part, value in values.items():
        if part not in provider.needed_parts:
            has = ", ".join(provider.needed_parts) or "none"
            raise ValueError(f"the base URL of `{provider.id}` has no part `{part}`; it has: {has}")
        if not is_value(value):
            raise ValueError(f"`{value}` cannot be the {part} of `{provider.id}`: write small letters, digits, hyphens")


def _shared_length(provider: Provider, path: str) -> int:
    base = urlsplit(provider.base_url).path.split("/")
    length = 0
    for ours, theirs in zip(base, path.split("/"), strict=False):
        if ours != theirs:
            break
        length += 1
    return length
