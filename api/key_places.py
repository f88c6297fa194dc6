"""Where a stored provider key belongs: a provider of the catalogue, and parts of its address."""

from collections.abc import Mapping

from control.errors import InvalidValue
from providers.catalog import Catalog
from providers.provider import Provider


def takes_keys(provider: Provider) -> bool:
    """Whether there is a key to store: not where none is wanted, nor where each call makes a credential of its own."""
    return provider.auth not in ("none", "callers")


def placed(catalog: Catalog, provider_id: str, parts: Mapping[str, str]) -> Provider:
    """Returns the provider that a key for it can be stored for. Raises InvalidValue, with what there is or lacks."""
    provider = catalog.get(provider_id)
    if provider is None:
        near = ", ".join(catalog.near(provider_id)) or "GET /v1/providers lists them"
        raise InvalidValue(f"there is no provider `{provider_id}`; near it: {near}")
    if not takes_keys(provider):
        raise InvalidValue(f"{provider.name} takes no key that could be stored: send it what it wants with each call")
    unknown = parts.keys() - set(provider.needed_parts)
    if unknown:
        has = ", ".join(provider.needed_parts) or "none"
        raise InvalidValue(f"part `{min(unknown)}`: the address of {provider.name} has the parts: {has}")
    missing = [part for part in provider.owner_parts if part not in parts and part not in provider.parts]
    if missing:
        raise InvalidValue(f"{provider.name} needs to know the {missing[0]} that the key belongs to")
    return provider
