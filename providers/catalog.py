"""The catalogue of providers: who they are, where they answer, how they want to be asked.

The facts are data in `catalog.toml`; a further provider is a further table there. This module reads no environment:
whoever wants other base URLs passes them to `load_catalog`.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from providers.facts import DialectName

Auth = Literal["bearer", "x-api-key", "api-key", "x-goog-api-key", "none"]


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider, as `catalog.toml` describes it."""

    id: str
    name: str
    base_url: str
    """The URL its endpoints hang under, its version included and without a slash at the end."""
    auth: Auth
    """How a key of ours is sent; a caller's own credential is passed on in the header it came in."""
    dialects: tuple[DialectName, ...]
    stream_usage: bool = False
    """Whether streamed chat completions report usage when `stream_options.include_usage` asks for it."""
    price_id: str | None = None
    """Its id in genai-prices; None when only our own price table knows it."""
    operator_key_env: str | None = None
    """The environment variable operators usually keep its key in."""
    default_headers: dict[str, str] = {}
    """Headers it demands; sent where the caller sent none of that name."""

    @property
    def host(self) -> str:
        """Host and port of the base URL, the one place keys for this provider may go to."""
        return urlsplit(self.base_url).netloc

    def url(self, path: str) -> str:
        """Returns where a path behind this provider's door leads.

        Callers differ in how much of the base URL they repeat: `/v1/models`, `/openai/v1/models` and `/models` all
        lead to the same place. What the path and the base have in common is not doubled, and a version the caller
        names wins over the base's.
        """
        split = urlsplit(self.base_url)
        base = [segment for segment in split.path.split("/") if segment]
        wanted = path.lstrip("/")
        segments = wanted.split("/")
        for length in range(min(len(base), len(segments)), 0, -1):
            if base[-length:] == segments[:length]:
                base = base[:-length]
                break
        else:
            if base and _VERSION.fullmatch(base[-1]) and _VERSION.fullmatch(segments[0]):
                base = base[:-1]
        return f"{split.scheme}://{split.netloc}/{'/'.join([*base, wanted])}"


_VERSION = re.compile(r"v\d+[a-z0-9]*")


class Catalog:
    """The providers by their ids."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = dict(providers)
        self._by_host = {provider.host: provider for provider in self._providers.values()}

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._providers.values())

    def get(self, id: str) -> Provider | None:
        return self._providers.get(id)

    def of_host(self, host: str) -> Provider | None:
        """Returns the provider that answers at this host, a port included where the base URL has one."""
        return self._by_host.get(host.lower())

    def near(self, id: str) -> list[str]:
        """Returns the ids a mistyped id may have meant, best first."""
        return difflib.get_close_matches(id.lower(), self._providers, n=3, cutoff=0.5)


def load_catalog(base_urls: Mapping[str, str] | None = None) -> Catalog:
    """Reads the catalogue; `base_urls` replaces the base URL of some providers, by id.

    Raises ValueError if `base_urls` names a provider that is not in the catalogue.
    """
    tables = tomllib.loads(files("providers").joinpath("catalog.toml").read_text(encoding="utf-8"))
    catalog = Catalog({id: msgspec.convert({"id": id, **table}, Provider) for id, table in tables.items()})
    overrides = {id: url.rstrip("/") for id, url in (base_urls or {}).items()}
    for id in overrides:
        if catalog.get(id) is None:
            known = ", ".join(catalog.near(id) or [provider.id for provider in catalog])
            raise ValueError(f"unknown provider `{id}` in the base URLs; known ones: {known}")
    return Catalog(
        {
            provider.id: msgspec.structs.replace(provider, base_url=overrides.get(provider.id, provider.base_url))
            for provider in catalog
        }
    )
