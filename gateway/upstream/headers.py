"""Makes the request that goes to the provider out of the one that came in."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import unquote_plus
from uuid import UUID

from control.secrets import holds_key
from gateway.bodies.encodings import acceptable
from gateway.call import Call
from gateway.errors import BadRequest, Unauthorized
from gateway.targets.doors import Target
from gateway.upstream.aim import aimed
from gateway.upstream.kept_key import KeptKey
from gateway.upstream.sigv4 import canonical_url, signed_headers
from providers.provider import Auth, Provider

RequestHeaders = list[tuple[str, str]]

_AUTHORIZATION_SCHEMES: dict[Auth, str] = {"bearer": "Bearer ", "key": "Key ", "token": "Token ", "sigv4": "Bearer "}
_QUERY_CREDENTIAL = re.compile(r"(?:^|&)(key|api[-_]?key|access_token|token|sig|signature)=([^&]+)", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """What is sent, apart from method and body."""

    target: Target
    """With its whole address."""
    url: str
    headers: RequestHeaders


def request_for(
    call: Call, target: Target, operator_keys: OperatorKeys, *, body: bytes, plain_response: bool
) -> UpstreamRequest:
    """Returns the request to send to a target; notes the credentials in it as the call's secrets.

    The caller's own credential goes on as it came. A kept key is sent only through the provider's own door, so only to
    the catalogue's host. Raises Unauthorized if the provider wants a credential and there is none, and BadRequest if
    the address lacks a part.
    """
    headers = _passed_on(call, plain_response)
    own = call.credentials.own
    in_query = {name.lower(): unquote_plus(value) for name, value in _QUERY_CREDENTIAL.findall(call.query)}
    call.secrets += [call.credentials.secret, *(_bare(value) for value in own.values()), *in_query.values()]
    provider = target.catalogued
    if provider is None:
        return UpstreamRequest(target, _with_query(target.url, call.query), [*headers, *own.items()])
    kept = None
    if not own and not ("key" in in_query and provider.auth == "x-goog-api-key"):
        kept = _kept_key(call, provider, operator_keys)
    signing = kept or _own_pair(own, provider)
    if kept is None and signing is not None:
        target = replace(target, parts={**signing.parts, **target.parts})
    target = aimed(target, kept)
    url = _with_query(target.url, call.query, provider.default_query)
    if provider.default_headers:
        headers.extend(
            (name, value) for name, value in provider.default_headers.items() if name.encode() not in call.head.values
        )
    if signing is not None and signing.aws_pair is not None:
        return _signed(call, provider, target, url, headers, body, signing.aws_pair)
    if kept is not None:
        headers.append(key_header(provider.auth, kept.secret))
    elif provider.auth != "none":
        headers.extend(own.items())
    return UpstreamRequest(target, url, headers)


def key_header(auth: Auth, key: str) -> tuple[str, str]:
    """Returns the header that carries a key in this style."""
    scheme = _AUTHORIZATION_SCHEMES.get(auth)
    return (auth, key) if scheme is None else ("authorization", scheme + key)


def _passed_on(call: Call, plain_response: bool) -> RequestHeaders:
    secret = call.credentials.secret
    headers = [header for header in call.head.forwarded if not holds_key(header[1]) and secret not in header[1]]
    accepted = call.head.value(b"accept-encoding")
    headers.append(("accept-encoding", acceptable(accepted) if accepted and not plain_response else "identity"))
    return headers


def _kept_key(call: Call, provider: Provider, operator_keys: OperatorKeys) -> KeptKey | None:
    """Returns the key that is kept for this caller; None where none is wanted."""
    if provider.auth == "none":
        return None
    if provider.auth == "callers":
        raise Unauthorized(
            f"{provider.name} needs a credential that only you can make: send it as that provider wants it and the "
            "Weir key as `Weir-Auth: Bearer sk-weir-…`"
        )
    found = operator_keys.find(provider.id, call.key.organization_id)
    if found is not None:
        kept = KeptKey.parse(found, provider)
        call.secrets += [found, *(kept.aws_pair or (kept.secret,))]
        return kept
    if provider.is_local:
        return None
    name, value = key_header(provider.auth, "<key>")
    raise Unauthorized(
        f"{provider.name} needs a key of yours: send it as `{name}: {value}` and the Weir key as "
        "`Weir-Auth: Bearer sk-weir-…`; or the operator sets "
        f"{provider.operator_key_env or 'a key'} and lists your organization in WEIR_OPERATOR_KEY_ORGANIZATIONS"
    )


def _own_pair(own: Mapping[str, str], provider: Provider) -> KeptKey | None:
    """Returns the caller's own AWS key, where it sends one in the place of an API key."""
    if provider.auth != "sigv4" or "authorization" not in own:
        return None
    key = KeptKey.parse(_bare(own["authorization"]), provider)
    return key if key.aws_pair is not None else None


def _signed(
    call: Call,
    provider: Provider,
    target: Target,
    url: str,
    headers: RequestHeaders,
    body: bytes,
    pair: tuple[str, str, str | None],
) -> UpstreamRequest:
    region = target.parts.get("region") or provider.parts.get("region")
    if region is None or provider.signing_service is None:
        raise BadRequest(f"{provider.name} takes no AWS key: send one of its own API keys")
    call.secrets += [part for part in pair if part]
    url = canonical_url(url)
    signature = signed_headers(
        pair,
        method=call.method,
        url=url,
        body=body,
        region=region,
        service=provider.signing_service,
        now=datetime.now(UTC),
    )
    kept = [header for header in headers if not header[0].startswith("x-amz-")]
    return UpstreamRequest(target, url, kept + signature)


def _with_query(url: str, query: str, demanded: Mapping[str, str] | None = None) -> str:
    """Adds the caller's query, and of what is demanded what the caller left out."""
    given = {pair.partition("=")[0] for pair in query.split("&")} if demanded else set()
    missing = [f"{name}={value}" for name, value in (demanded or {}).items() if name not in given]
    whole = "&".join([query, *missing] if query else missing)
    if not whole:
        return url
    return f"{url}{'&' if '?' in url else '?'}{whole}"


def _bare(credential: str) -> str:
    return credential.partition(" ")[2].strip() or credential
