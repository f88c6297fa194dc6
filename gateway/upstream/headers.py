"""Makes the request that goes to the provider out of the one that came in."""

from collections.abc import Mapping, Set
from uuid import UUID

from control.secrets import holds_key
from gateway.bodies.encodings import acceptable
from gateway.call import Call
from gateway.errors import Unauthorized
from providers.catalog import Auth, Provider

RequestHeaders = list[tuple[str, str]]

_KEY_HEADERS: dict[Auth, tuple[str, str]] = {
    "bearer": ("authorization", "Bearer "),
    "x-api-key": ("x-api-key", ""),
    "api-key": ("api-key", ""),
    "x-goog-api-key": ("x-goog-api-key", ""),
}


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


def headers_for(call: Call, operator_keys: OperatorKeys, *, plain_response: bool) -> RequestHeaders:
    """Returns the headers to send; notes the credentials among them as the call's secrets.

    The caller's own credential goes on as it came. A key of the operator's is sent only through the provider's own
    door, so only to the catalogue's host. Raises Unauthorized if the provider wants a credential and there is none.
    """
    secret = call.credentials.secret
    headers = [header for header in call.head.forwarded if not holds_key(header[1]) and secret not in header[1]]
    accepted = call.head.value(b"accept-encoding")
    headers.append(("accept-encoding", acceptable(accepted) if accepted and not plain_response else "identity"))
    provider = call.target.catalogued
    call.secrets = [call.credentials.secret, *(_bare(value) for value in call.credentials.own.values())]
    if provider is None:
        headers.extend(call.credentials.own.items())
        return headers
    if provider.auth != "none":
        headers.extend(_credential(call, provider, operator_keys))
    if provider.default_headers:
        headers.extend(
            (name, value)
            for name, value in provider.default_headers.items()
            if name.lower().encode() not in call.head.values
        )
    return headers


def _credential(call: Call, provider: Provider, operator_keys: OperatorKeys) -> RequestHeaders:
    if call.credentials.own:
        return [*call.credentials.own.items()]
    key = operator_keys.find(provider.id, call.key.organization_id)
    name, prefix = _KEY_HEADERS[provider.auth]
    if key is None:
        raise Unauthorized(
            f"{provider.name} needs a key of yours: send it as `{name}: {prefix}<key>` and the Weir key as "
            "`Weir-Auth: Bearer sk-weir-…`; or the operator sets "
            f"{provider.operator_key_env or 'a key'} and lists your organization in WEIR_OPERATOR_KEY_ORGANIZATIONS"
        )
    call.secrets.append(key)
    return [(name, prefix + key)]


def _bare(credential: str) -> str:
    return credential.partition(" ")[2].strip() or credential
