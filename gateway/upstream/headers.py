"""Makes the request that goes to the provider out of the one that came in."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote_plus

import msgspec

from control.secrets import holds_key
from gateway.bodies.encodings import acceptable
from gateway.call import Call
from gateway.caller.head import Head, once_a_head
from gateway.errors import BadRequest, Unauthorized
from gateway.targets.doors import Target
from gateway.upstream.aim import aimed
from gateway.upstream.kept_key import KeptKey
from gateway.upstream.kept_keys import KeptKeys
from gateway.upstream.sigv4 import canonical_url, signed_headers
from providers.provider import Auth, Provider

RequestHeaders = list[tuple[str, str]]

_AUTHORIZATION_SCHEMES: dict[Auth, str] = {"bearer": "Bearer ", "key": "Key ", "token": "Token ", "sigv4": "Bearer "}
_QUERY_CREDENTIAL = re.compile(r"(?:^|&)(key|api[-_]?key|access_token|token|sig|signature)=([^&]+)", re.IGNORECASE)


class UpstreamRequest(msgspec.Struct, frozen=True, gc=False):
    """What is sent, apart from method and body."""

    target: Target
    """With its whole address."""
    url: str
    headers: RequestHeaders


def request_for(
    call: Call, target: Target, kept_keys: KeptKeys, *, body: bytes, plain_response: bool
) -> UpstreamRequest:
    """Returns the request to send to a target; notes the credentials in it as the call's secrets.

    The caller's own credential goes on as it came. A kept key is sent only through the provider's own door, so only to
    the catalogue's host. Raises Unauthorized if the provider wants a credential and there is none, and BadRequest if
    the address lacks a part.
    """
    headers = _passed_on(call, plain_response)
    own = call.credentials.own
    in_query = _credentials_in(call.query) if call.query else {}
    call.secrets += [call.credentials.secret, *(_bare(value) for value in own.values()), *in_query.values()]
    provider = target.catalogued
    if provider is None:
        return UpstreamRequest(target, _with_query(target.url, call.query), [*headers, *own.items()])
    kept = None
    if not own and not ("key" in in_query and provider.auth == "x-goog-api-key"):
        kept = _kept_key(call, provider, kept_keys)
    signing = (kept or _own_pair(own, provider)) if provider.auth == "sigv4" else None
    if kept is None and signing is not None:
        target = replace(target, parts={**signing.parts, **target.parts})
    demanded = provider.demanded_query(target.url)
    target = aimed(target, kept)
    url = _with_query(target.url, call.query, demanded)
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
    # The oldest keys of Helicone have no mark to be known by; a call that is let through without a key has none.
    secret = call.credentials.secret or "\0"
    headers, values, accepted = _forwarded(call.head)
    # All values at once, as hardly ever there is a key in one.
    if secret in values:
        headers = [header for header in headers if secret not in header[1]]
    # What the cache keeps is for anybody, so it must not be compressed for this client.
    is_plain = plain_response or call.visit is not None
    return [*headers, ("accept-encoding", "identity" if is_plain else accepted)]


@once_a_head
def _forwarded(head: Head) -> tuple[RequestHeaders, str, str]:
    """Returns what goes on, all its values in a row, and the encodings the caller and we can read."""
    headers = [header for header in head.forwarded if not holds_key(header[1])]
    accepted = head.value(b"accept-encoding")
    return headers, "\n".join([value for _, value in headers]), acceptable(accepted) if accepted else "identity"


def _credentials_in(query: str) -> dict[str, str]:
    return {name.lower(): unquote_plus(value) for name, value in _QUERY_CREDENTIAL.findall(query)}


def _kept_key(call: Call, provider: Provider, kept_keys: KeptKeys) -> KeptKey | None:
    """Returns the key that is kept for this caller; None where none is wanted."""
    if provider.auth == "none":
        return None
    if provider.auth == "callers":
        raise Unauthorized(
            f"{provider.name} needs a credential that only you can make: send it as that provider wants it and the "
            "Weir key as `Weir-Auth: Bearer sk-weir-…`"
        )
    kept = kept_keys.find(provider, call.key.organization_id)
    if kept is not None:
        call.secrets += [part for part in (kept.secret, *(kept.aws_pair or ())) if part]
        return kept
    if provider.is_local:
        return None
    name, value = key_header(provider.auth, "<key>")
    raise Unauthorized(
        f"{provider.name} needs a key of yours: send it as `{name}: {value}` and the Weir key as "
        "`Weir-Auth: Bearer sk-weir-…`; or an owner of your organization stores one on the dashboard's page Provider "
        f"keys; or the operator sets {provider.operator_key_env or 'a key'} and lists your organization in "
        "WEIR_OPERATOR_KEY_ORGANIZATIONS"
    )


def _own_pair(own: Mapping[str, str], provider: Provider) -> KeptKey | None:
    """Returns the caller's own AWS key, where it sends one in the place of an API key."""
    if "authorization" not in own:
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
    if demanded:
        given = {pair.partition("=")[0] for pair in query.split("&")}
        missing = [f"{name}={value}" for name, value in demanded.items() if name not in given]
        query = "&".join([query, *missing] if query else missing)
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _bare(credential: str) -> str:
    return credential.partition(" ")[2].strip() or credential
