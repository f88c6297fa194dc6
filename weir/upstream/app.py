"""The fake upstream's ASGI app: providers' endpoints under their prefixes, answered without any provider.

    /openai/v1/…      chat/completions, responses, embeddings, models; a credential is demanded
    /anthropic/v1/…   messages, messages/count_tokens, models; a credential is demanded
    /v1/…             all of these for the demo provider, without a credential
    /_calls           what was asked so far (GET), or forget it (DELETE)

It is plain ASGI because the benchmarks use it too: it must never be what is measured.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from weir.upstream import chat_completions, embeddings, messages, models, responses
from weir.upstream.behaviour import Behaviour, BehaviourError, read_behaviour
from weir.upstream.calls import Calls
from weir.upstream.sending import Sender
from weir.upstream.vendors import ANTHROPIC, DEMO, DEMO_MESSAGES, OPENAI, Headers, Vendor

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_PREFIXES = (("/openai/v1", OPENAI), ("/anthropic/v1", ANTHROPIC), ("/v1", DEMO))
_DIALECTS = {"/chat/completions": chat_completions, "/responses": responses, "/messages": messages}
_OFFERED = {
    "openai": {"/chat/completions", "/responses", "/embeddings", "/models"},
    "anthropic": {"/messages", "/messages/count_tokens", "/models"},
    "demo": {"/chat/completions", "/responses", "/embeddings", "/models", "/messages", "/messages/count_tokens"},
}
_CREDENTIALS = {b"authorization", b"x-api-key"}


class _ModelOnly(msgspec.Struct):
    model: str = ""


_model_decoder = msgspec.json.Decoder(_ModelOnly)


def create_app() -> "Upstream":
    """Makes the app; `calls` on it counts what it is asked."""
    return Upstream()


class Upstream:
    """The ASGI callable."""

    def __init__(self) -> None:
        self.calls = Calls()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        path = scope["path"]
        if path == "/_calls":
            if scope["method"] == "DELETE":
                self.calls.reset()
            sender = Sender(scope, receive, send, Behaviour(), Calls())
            return await sender.plain(200, [], self.calls.report())
        self.calls.start(scope, body)
        for prefix, vendor in _PREFIXES:
            if path.startswith(prefix):
                return await self._of_vendor(vendor, path[len(prefix) :], body, scope, receive, send)
        sender = Sender(scope, receive, send, Behaviour(), self.calls)
        return await sender.plain(404, [], OPENAI.error(404, f"Invalid URL ({scope['method']} {path})"))

    async def _of_vendor(
        self, vendor: Vendor, endpoint: str, body: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if vendor is DEMO and (endpoint.startswith("/messages") or _has(scope, b"anthropic-version")):
            vendor = DEMO_MESSAGES
        try:
            asked = _model_decoder.decode(body).model if body else ""
            model, behaviour = read_behaviour(asked, scope["headers"])
            problem = ""
        except (BehaviourError, msgspec.DecodeError, UnicodeDecodeError) as error:
            model, behaviour, problem = "", Behaviour(), str(error)
        sender = Sender(scope, receive, send, behaviour, self.calls)
        headers = vendor.headers()
        if await sender.breaks_before_response():
            return None
        if vendor.needs_key and not any(name in _CREDENTIALS for name, _ in scope["headers"]):
            return await sender.plain(401, headers, vendor.error(401, ""))
        if problem:
            return await sender.plain(400, headers, vendor.error(400, problem))
        if behaviour.status is not None:
            return await sender.plain(behaviour.status, headers, vendor.error(behaviour.status, ""))
        if endpoint.split("/")[1:2] == ["models"] and endpoint != "/models":
            endpoint = "/models"
        if endpoint not in _OFFERED[vendor.name]:
            message = f"Invalid URL ({scope['method']} {scope['path']})"
            return await sender.plain(404, headers, vendor.error(404, message))
        if scope["method"] == "POST" and not body:
            return await sender.plain(400, headers, vendor.error(400, "the request has no body"))
        try:
            return await self._of_endpoint(vendor, endpoint, body, model, sender, headers)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return await sender.plain(400, headers, vendor.error(400, str(error)))

    async def _of_endpoint(
        self, vendor: Vendor, endpoint: str, body: bytes, model: str, sender: Sender, headers: Headers
    ) -> None:
        dialect: Any = _DIALECTS.get(endpoint)
        if dialect is not None:
            request = dialect.request_decoder.decode(body)
            answer = request.answer(model, sender.behaviour)
            if request.stream:
                events = dialect.events(answer, request, sender.behaviour)
                error = dialect.error_event(vendor.error(500, ""))
                return await sender.stream(headers, events, error, answer.id)
            return await sender.plain(200, headers, dialect.body(answer, request), answer.id)
        if endpoint == "/embeddings":
            return await sender.plain(200, headers, embeddings.body(body, model))
        if endpoint == "/messages/count_tokens":
            counted = max(len(messages.request_decoder.decode(body).messages) // 4, 1)
            return await sender.plain(200, headers, msgspec.json.encode({"input_tokens": counted}))
        is_anthropic = vendor in (ANTHROPIC, DEMO_MESSAGES)
        listed = models.anthropic_models(vendor.name) if is_anthropic else models.openai_models(vendor.name)
        return await sender.plain(200, headers, listed)


def _has(scope: Scope, name: bytes) -> bool:
    return any(header == name for header, _ in scope["headers"])


async def _read(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
