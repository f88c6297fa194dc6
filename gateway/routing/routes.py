"""Turns the offers of a model into places a call can be sent to: who has a credential, and in which dialect.

A provider that speaks the caller's dialect is sent the caller's request, with at most another name for the model; one
that does not is sent a translation. A provider for which there is no credential is no place at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote
from uuid import UUID

from gateway.call import Call
from gateway.caller.credentials import Credentials
from gateway.caller.head import Head
from gateway.errors import BadRequest, Unauthorized
from gateway.routing.own_credential import belongs_to, may_be_secret, owner_elsewhere, restyled
from gateway.routing.plan import Candidate
from gateway.routing.unified import api_path, default_provider, is_deployment
from gateway.targets.doors import Doors, Target
from gateway.upstream.kept_keys import KeptKeys
from providers.catalog import Catalog
from providers.models.catalogue import Offer
from providers.models.model_string import Wanted
from providers.provider import Provider
from providers.translation.translate import can_translate

_MODEL_IN_PATH = re.compile(r"(?<=/models/)[^/:]+(?=:)")
_OF_A_DIALECT = (b"anthropic-", b"openai-", b"x-goog-", b"x-stainless-")
"""Headers that only providers of the caller's dialect know what to do with."""
_CONVERSATIONS = ("chat_completions", "responses", "messages", "gemini")
"""The dialects that can be translated. Others are asked by the caller's own path."""
_KEY_IN_QUERY = re.compile(r"(?:^|&)key=([^&]*)")


@dataclass(frozen=True, slots=True)
class Route:
    """A candidate and what puts it in order."""

    candidate: Candidate
    offer: Offer
    item: int
    """The place of its model in what the caller wrote."""


class Routes:
    """Finds the routes of calls at the unified door."""

    def __init__(self, catalog: Catalog, doors: Doors, kept_keys: KeptKeys) -> None:
        self._catalog = catalog
        self._doors = doors
        self._kept_keys = kept_keys

    def of_model(self, call: Call, wanted: Wanted, written: str) -> list[Route]:
        """Returns the routes for what the caller wrote as its model.

        Raises BadRequest where nobody serves it in a dialect the caller's can be translated to, and Unauthorized where
        there is no credential for anybody who does.
        """
        speaking = [
            (offer, item, *found)
            for offer, item in zip(wanted.offers, wanted.items, strict=True)
            if (found := self._target(call, offer)) is not None
        ]
        if not speaking:
            closed = next((each.provider for each in wanted.offers if not self._doors.is_open(each.provider)), None)
            raise BadRequest(_not_spoken(call, wanted.offers) if closed is None else _closed(closed))
        own = _own(call)
        default = default_provider(api_path(call.raw_path), call.head)
        routes = []
        for offer, item, target, is_translated in speaking:
            credentials = self._credentials(call.key.organization_id, own, offer.provider, default, wanted.named)
            if credentials is None or not self._has_parts(call, offer.provider, target, wanted.named):
                continue
            if is_translated:
                candidate = _translated(call, offer, target, restyled(credentials, offer.provider))
            else:
                candidate = _native(call, offer, target, credentials, written)
            routes.append(Route(candidate, offer, item))
        if not routes:
            raise Unauthorized(_no_credential(written, [offer.provider for offer, *_ in speaking]))
        return routes

    def without_model(self, call: Call) -> Candidate:
        """Returns where a call goes that names no model: to the provider whose client is calling.

        Raises Unauthorized if the caller's own key is another provider's.
        """
        path = api_path(call.raw_path)
        provider = default_provider(path, call.head)
        owner = owner_elsewhere(_own(call), provider)
        if owner is not None:
            raise Unauthorized(
                f"without a model this goes to {provider}, but the key you sent is one of {owner}: call "
                f"`/{owner}{path[:200]}`, or leave out the key for the one that your organization keeps"
            )
        target = self._doors.provider_target(f"/{provider}{path}", call.head.ours)
        assert target is not None
        return Candidate(target)

    def callable_providers(self, credentials: Credentials, organization_id: UUID, head: Head) -> list[Provider]:
        """Returns the providers that this caller has a credential for, or that need none."""
        default = default_provider("", head)
        return [
            provider
            for provider in self._catalog
            if self._doors.is_open(provider)
            and self._credentials(organization_id, credentials, provider, default, set()) is not None
        ]

    def _target(self, call: Call, offer: Offer) -> tuple[Target, bool] | None:
        """Returns where a provider is asked and whether that takes a translation; None if it cannot be."""
        provider, ours, dialect = offer.provider, call.head.ours, call.dialect
        if not self._doors.is_open(provider):
            return None
        if dialect is None or dialect.name not in _CONVERSATIONS:
            return self._target_by_path(call, offer)
        names = [dialect.name] if dialect.name in offer.dialects else offer.dialects
        for name in names:
            if name == dialect.name or can_translate(dialect.name, name):
                is_stream = call.facts.is_stream
                target = self._doors.dialect_target(provider, name, offer.model, is_stream=is_stream, ours=ours)
                return target, name != dialect.name
        return None

    def _target_by_path(self, call: Call, offer: Offer) -> tuple[Target, bool] | None:
        """Returns where a provider has the caller's own path, if it has it at all."""
        path, dialect = api_path(call.raw_path), call.dialect
        style = _style(path)
        if (style if dialect is None or style == "gemini" else dialect.name) not in offer.dialects:
            return None
        path = _MODEL_IN_PATH.sub(quote(offer.model, safe=""), path)
        target = self._doors.provider_target(f"/{offer.provider.id}{path}", call.head.ours)
        return None if target is None else (target, False)

    def _credentials(
        self, organization_id: UUID, own: Credentials, provider: Provider, default: str, named: set[str]
    ) -> Credentials | None:
        """Returns the caller's own credential if it belongs there, an empty one where none or a kept one will do."""
        if belongs_to(own, provider, default, named):
            return own
        may_be_kept = provider.auth != "callers" and self._kept_keys.find(provider, organization_id)
        return Credentials(own.secret, {}) if may_be_kept or provider.auth == "none" or provider.is_local else None

    def _has_parts(self, call: Call, provider: Provider, target: Target, named: set[str]) -> bool:
        """Whether the whole address is known. Where the caller named the provider, it is told what is missing."""
        if not provider.needed_parts or provider.id in named:
            return True
        kept = self._kept_keys.find(provider, call.key.organization_id)
        known: Mapping[str, str] = {**provider.parts, **target.parts, **(kept.parts if kept is not None else {})}
        return all(part in known for part in provider.needed_parts)


def _own(call: Call) -> Credentials:
    """Returns the caller's own credential, which Google's callers may put into the query."""
    found = _KEY_IN_QUERY.search(call.query)
    if call.credentials.own or found is None:
        return call.credentials
    return Credentials(call.credentials.secret, {"x-goog-api-key": found[1]})


def _translated(call: Call, offer: Offer, target: Target, credentials: Credentials) -> Candidate:
    kept = (
        (name, value)
        for name, value in call.head.values.items()
        if not name.startswith(_OF_A_DIALECT) and not may_be_secret(name)
    )
    return Candidate(
        target, offer.model, is_translated=True, head=Head(kept), credentials=credentials, query="", is_renamed=False
    )


def _native(call: Call, offer: Offer, target: Target, credentials: Credentials, written: str) -> Candidate:
    in_path = "/models/" in call.raw_path
    if in_path:
        # Whether Google's stream is one of events is the caller's choice, made in its own query.
        target = _without_query(target)
    return Candidate(
        target,
        offer.model,
        is_renamed=not in_path and (offer.model != written or is_deployment(call.raw_path)),
        credentials=credentials,
        query=_KEY_IN_QUERY.sub("", call.query).lstrip("&"),
    )


def _without_query(target: Target) -> Target:
    return replace(target, url=target.url.partition("?")[0])


def _style(path: str) -> str:
    """Returns the dialect whose providers have such a path, where the path itself is none we parse."""
    if path.startswith("/v1/messages"):
        return "messages"
    return "gemini" if path.startswith(("/v1beta", "/v1alpha")) else "chat_completions"


def _closed(provider: Provider) -> str:
    return (
        f"{provider.name} runs on a machine of your own: the operator opens its door by naming its address in "
        "WEIR_UPSTREAMS"
    )


def _not_spoken(call: Call, offers: list[Offer]) -> str:
    providers = ", ".join(dict.fromkeys(offer.provider.name for offer in offers))
    what = call.dialect.name if call.dialect is not None else call.raw_path
    return f"none of the providers of this model ({providers}) can be asked by `{what}`"


def _no_credential(written: str, providers: list[Provider]) -> str:
    ids = list(dict.fromkeys(provider.id for provider in providers))
    named = f"{ids[0]}/{written[:80]}"
    is_named = written.startswith(f"{ids[0]}/") or written.endswith(f"/{ids[0]}")
    return (
        f"there is no key for anybody who serves `{written[:200]}` ({', '.join(ids[:8])}): store one on "
        f"the dashboard's page Provider keys or with `weir add-provider-key {ids[0]}`, or send your own"
        + ("" if is_named else f" and name its provider, such as `{named}`")
    )
