"""What an organization can call at the unified door, as each dialect's clients ask for it.

GET /v1/models, /v1/models/{id}            OpenAI's shape, Anthropic's where `anthropic-version` is sent
GET /v1beta/models, /v1beta/models/{id}    Google's shape
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

import msgspec

from gateway.asgi import Send
from gateway.caller.credentials import Credentials, read_credentials
from gateway.caller.head import Head
from gateway.caller.keys import KeyCache
from gateway.errors import GatewayError
from gateway.responses import send_error, send_json
from gateway.routing.planner import Planner
from gateway.routing.unified import OURSELVES, api_path
from providers.dialects.dialect import DIALECTS
from providers.models.catalogue import Offer

_ROOTS = ("/v1/models", "/v1beta/models")
_LONG_AGO = "1970-01-01T00:00:00Z"
"""Anthropic's clients want a date; the catalogue knows none."""


class UnknownModelId(GatewayError):
    """A model that is asked for by its id and not listed."""

    status = 404
    type = "model_not_found"


class Listing:
    """Answers questions for models."""

    def __init__(self, keys: KeyCache, planner: Planner) -> None:
        self._keys = keys
        self._planner = planner

    async def answer(self, raw_path: str, head: Head, send: Send) -> None:
        """Sends the list, or one model of it. Raises GatewayError without a key of ours."""
        credentials = read_credentials(head)
        key = await self._keys.find(credentials.secret)
        path = unquote(api_path(raw_path)).rstrip("/")
        is_anthropics = b"anthropic-version" in head.values
        one = _google if path.startswith("/v1beta") else _anthropic if is_anthropics else _openai
        root = next(root for root in _ROOTS if path.startswith(root))
        offered = self._offered(credentials, key.organization_id, head)
        if path == root:
            return await send_json(send, 200, msgspec.json.encode(_list_of(one, offered)))
        id = path[len(root) + 1 :]
        found = next(((name, offer) for name, offer in offered if name == id), None)
        if found is not None:
            return await send_json(send, 200, msgspec.json.encode(one(*found)))
        dialect = DIALECTS["gemini" if one is _google else "messages" if is_anthropics else "chat_completions"]
        unknown = UnknownModelId(f"there is no model `{id[:200]}`; GET {root} lists them")
        return await send_error(send, unknown, dialect)

    def _offered(self, credentials: Credentials, organization_id: Any, head: Head) -> list[tuple[str, Offer | None]]:
        offers = self._planner.offered(credentials, organization_id, head)
        names = self._planner.route_names(organization_id)
        routes: list[tuple[str, Offer | None]] = [(name, None) for name in names]
        return routes + [(_callable_name(name, offer), offer) for name, offer in offers]


def _callable_name(name: str, offer: Offer) -> str:
    """Returns a name that means just this model when it is called: one with slashes could be read otherwise."""
    return f"{offer.provider.id}/{name}" if "/" in name else name


def _list_of(
    one: Callable[[str, Offer | None], dict[str, Any]], offered: Iterable[tuple[str, Offer | None]]
) -> dict[str, Any]:
    models = [one(name, offer) for name, offer in offered]
    if one is _google:
        return {"models": models}
    if one is _anthropic:
        ids = [model["id"] for model in models]
        return {
            "data": models,
            "has_more": False,
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
        }
    return {"object": "list", "data": models}


def _openai(name: str, offer: Offer | None) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": offer.provider.id if offer else OURSELVES}


def _anthropic(name: str, offer: Offer | None) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": name, "created_at": _LONG_AGO}


def _google(name: str, offer: Offer | None) -> dict[str, Any]:
    described = {
        "name": f"models/{name}",
        "displayName": name,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
    }
    if offer is not None and offer.context_tokens is not None:
        described["inputTokenLimit"] = offer.context_tokens  # type: ignore[assignment]
    return described
