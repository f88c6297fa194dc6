"""The unified door: the paths at the root at which the model, not the path, decides who is asked.

    POST /v1/chat/completions, /v1/responses, /v1/messages, /v1/embeddings, …      the model is in the body
    POST /v1beta/models/{model}:generateContent, :streamGenerateContent, …         or in the path
    POST /openai/deployments/{model}/chat/completions, …                           as Azure's clients write it
    GET, DELETE, … /v1/files, /v1/batches, /v1/responses/{id}, …                   no model: the default provider

In front of it are the doors that a path of theirs names: targets, providers, logs (`/v1/traces`, `/v1/log/…`). Behind
it is the service app, which lists the models. Calls without a model go to the provider whose client is calling:
Anthropic's where `anthropic-version` or an Anthropic path says so, Google's under `/v1beta`, else OpenAI's.
"""

import re

from gateway.caller.head import Head
from gateway.targets.doors import Target
from providers.dialects.dialect import dialect_of

OURSELVES = "weir"
"""The provider in the record of a call that was answered before one was chosen."""

_UNIFIED = re.compile(r"/v1(?:beta\d*|alpha)?/.")
_REPEATED_VERSION = re.compile(r"^(?:/v1)+(?=/v1(?:beta\d*|alpha)?/)")
_DEPLOYMENT = re.compile(r"^/openai/deployments/[^/]+(?=/.)")
_LISTING = re.compile(r"/(?:v1|v1beta)/models(?:/[^?]*)?")
_OTHER_DOORS = ("/v1/gateway/",)
"""Doors that no rule here may swallow although they look like a path of the unified one."""


def unified_target(raw_path: str) -> Target | None:
    """Returns a target without a place for what the unified door takes; None for everything else."""
    path = api_path(raw_path)
    if not _UNIFIED.match(path) or path.startswith(_OTHER_DOORS):
        return None
    return unrouted(raw_path)


def is_listing(method: str, raw_path: str) -> bool:
    """Whether it is asked which models there are."""
    return method == "GET" and "/models" in raw_path and _LISTING.fullmatch(api_path(raw_path)) is not None


def unrouted(raw_path: str) -> Target:
    """Returns a target without a place: the plan of the call names the places."""
    path = api_path(raw_path)
    dialect = dialect_of(path)
    return Target(
        provider=OURSELVES,
        host="",
        hostname="",
        url="",
        path=raw_path,
        dialect=dialect,
        error_dialect=dialect or dialect_of("/v1/messages" if path.startswith("/v1/messages/") else ""),
        catalogued=None,
        knows_stream_usage=False,
    )


def api_path(raw_path: str) -> str:
    """Returns the path as the provider's own API has it: a version once, no deployment.

    Helicone's provider for the AI SDK says the version twice.
    """
    return _DEPLOYMENT.sub("/v1", _REPEATED_VERSION.sub("", raw_path), count=1)


def is_deployment(raw_path: str) -> bool:
    """Whether the path names the model as Azure's clients do."""
    return _DEPLOYMENT.match(raw_path) is not None


def default_provider(path: str, head: Head) -> str:
    """Returns who is asked where no model is named."""
    if path.startswith(("/v1beta", "/v1alpha")) or b"x-goog-api-key" in head.values:
        return "google"
    if b"anthropic-version" in head.values or path.startswith("/v1/messages"):
        return "anthropic"
    return "openai"
