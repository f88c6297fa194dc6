"""Whose key it is that a caller sends along with a call that may go to several providers.

A credential goes only where it belongs. Where its form says whose it is, it goes there and nowhere else; where it does
not, it goes to the provider whose client sends it, and to one that the caller names together with the model.
"""

import re

from gateway.caller.credentials import Credentials
from gateway.caller.head import CREDENTIAL_HEADERS
from gateway.upstream.headers import key_header
from providers.provider import Provider

_IN_QUERY = frozenset({"key", "apikey", "api_key", "api-key", "access_token", "token", "sig", "signature"})
_BY_PREFIX: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sk-ant-", ("anthropic",)),
    ("sk-or-", ("openrouter",)),
    *((prefix, ("openai",)) for prefix in ("sk-proj-", "sk-svcacct-", "sk-admin-")),
    *((prefix, ("google", "google-openai")) for prefix in ("AIza", "AQ.")),
    ("gsk_", ("groq",)),
    ("xai-", ("xai",)),
    ("pplx-", ("perplexity",)),
    ("fw_", ("fireworks",)),
    ("csk-", ("cerebras",)),
    ("hf_", ("huggingface",)),
    ("nvapi-", ("nvidia",)),
    ("r8_", ("replicate",)),
    ("tgp_v1_", ("together",)),
    ("pa-", ("voyage",)),
    ("ghp_", ("github-models",)),
    ("github_pat_", ("github-models",)),
)

_SECRET = re.compile(rb"(?:^|[-_])(?:key|token|secret|auth|authorization|signature|password|credentials?)$")
_NO_SECRET = frozenset({b"idempotency-key"})


def may_be_secret(header: bytes) -> bool:
    """Whether a header, by its lower-case name, may hold what is meant for one provider alone.

    Such as `x-amz-security-token` or `ocp-apim-subscription-key`: who uses them is not in our table of credentials.
    """
    return header in CREDENTIAL_HEADERS or (_SECRET.search(header) is not None and header not in _NO_SECRET)


def belongs_to(credentials: Credentials, provider: Provider, default: str, named: set[str]) -> bool:
    """Whether the caller's own credential may go to a provider.

    `default` is the provider whose client is calling, `named` those that the caller named with the model.
    """
    own = _bare(credentials)
    if own is None:
        return False
    owners = owners_of(own)
    if owners:
        return provider.id in owners
    return provider.id == default or provider.id in named


def owners_of(key: str) -> tuple[str, ...]:
    """Returns the providers whose keys look like this one; none if that cannot be told."""
    return next((owners for prefix, owners in _BY_PREFIX if key.startswith(prefix)), ())


def owner_elsewhere(credentials: Credentials, provider_id: str) -> str | None:
    """Returns whose key the caller's own is, if that shows and it is not this provider's."""
    own = _bare(credentials)
    owners = () if own is None else owners_of(own)
    return owners[0] if owners and provider_id not in owners else None


def restyled(credentials: Credentials, provider: Provider) -> Credentials:
    """Returns the caller's credential as a provider wants it whose dialect the caller does not speak."""
    own = _bare(credentials)
    return credentials if own is None else Credentials(credentials.secret, dict([key_header(provider.auth, own)]))


def without_keys(query: str) -> str:
    """Returns a query without the credentials that some providers take there."""
    return "&".join(pair for pair in query.split("&") if pair.partition("=")[0].lower() not in _IN_QUERY)


def _bare(credentials: Credentials) -> str | None:
    for value in credentials.own.values():
        scheme, _, rest = value.partition(" ")
        return rest.strip() if scheme.lower() == "bearer" else value.strip()
    return None
