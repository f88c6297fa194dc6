"""The provider keys that are kept for callers who send none: what organizations have stored, and the operator's own.

They are asked for only through a provider's own door, so they go to the catalogue's host and nowhere else.
"""

from collections.abc import Mapping, Set
from uuid import UUID

from gateway.caller.provider_keys import ProviderKeys
from gateway.upstream.kept_key import KeptKey
from providers.provider import Provider


class OperatorKeys:
    """The operator's own provider keys, and the organizations they serve."""

    def __init__(self, keys: Mapping[str, str], organizations: Set[str]) -> None:
        """`keys` are by provider id; `organizations` are ids in lower case, or `*` for all."""
        self._keys = dict(keys)
        self._organizations = frozenset(organizations)

    def find(self, provider_id: str, organization_id: UUID) -> str | None:
        """Returns the key that this organization may use at this provider."""
        if "*" in self._organizations or str(organization_id) in self._organizations:
            return self._keys.get(provider_id)
        return None


class KeptKeys:
    """An organization's stored key, else the operator's."""

    def __init__(self, stored: ProviderKeys, operators: OperatorKeys) -> None:
        self._stored = stored
        self._operators = operators

    def find(self, provider: Provider, organization_id: UUID) -> KeptKey | None:
        """Returns the key that calls of this organization may use at this provider."""
        stored = self._stored.find(organization_id, provider.id)
        if stored is not None:
            return KeptKey(stored.secret, dict(stored.parts))
        found = self._operators.find(provider.id, organization_id)
        return None if found is None else KeptKey.parse(found, provider)
