"""The fake upstream's ASGI app: providers' endpoints under their prefixes, answered without any provider.

    /openai/v1/…      chat/completions, responses, embeddings, images, audio, files, batches, models, …
    /anthropic/v1/…   messages, messages/count_tokens, messages/batches, models
    /google/v1beta/…  models/{model}:generateContent and its kin; Vertex's paths under /vertex
    /bedrock/model/…  converse, converse-stream, invoke, invoke-with-response-stream
    /cohere/v2/…      chat, embed, rerank
    /azure/openai/…   deployments/{deployment}/chat/completions, v1/…
    /{any}/…          any of these endpoints behind the base path of any provider; a credential is demanded
    /v1/… /v1beta/… /v2/… /model/…   all of these for the demo provider, without a credential
    /_calls           what was asked so far (GET), or forget it (DELETE)

It is plain ASGI because the benchmarks use it too: it must never be what is measured.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from providers.dialects.multipart import fields_of, is_multipart
from weir.upstream.behaviour import Behaviour, BehaviourError, read_behaviour
from weir.upstream.calls import Calls
from weir.upstream.endpoints import answer
from weir.upstream.exchange import Kept, NotThere, Question, Reply
from weir.upstream.routes import Route, find
from weir.upstream.sending import Sender
from weir.upstream.vendors import OPENAI, vendor_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_CREDENTIALS = {
    b"authorization",
    b"x-api-key",
    b"api-key",
    b"x-goog-api-key",
    b"xi-api-key",
    b"api-subscription-key",
    b"x-portkey-api-key",
}


class _ModelOnly(msgspec.Struct):
    model: str = ""


_EITHER = ("models", "model")
"""Endpoints whose shape a header decides, as OpenAI and Anthropic have them at the same path."""

_model_decoder = msgspec.json.Decoder(_ModelOnly)


def create_app() -> "Upstream":
    """Makes the app; `calls` on it counts what it is asked."""
    return Upstream()


class Upstream:
    """The ASGI callable."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.kept = Kept()

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
        route = find(path)
        if route is None:
            sender = Sender(scope, receive, send, Behaviour(), self.calls)
            return await sender.plain(404, [], OPENAI.error(404, f"Invalid URL ({scope['method']} {path})"))
        return await self._of_route(route, body, scope, receive, send)

    async def _of_route(self, route: Route, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        family = "anthropic" if route.endpoint in _EITHER and _has(scope, b"anthropic-version") else route.family
        vendor = vendor_of(family, route.base)
        try:
            model, behaviour = read_behaviour(route.model or _model_in(body), scope["headers"])
            problem = ""
        except (BehaviourError, msgspec.DecodeError, UnicodeDecodeError) as error:
            model, behaviour, problem = "", Behaviour(), str(error)
        sender = Sender(scope, receive, send, behaviour, self.calls)
        if await sender.breaks_before_response():
            return None
        headers = vendor.headers()
        status = 200
        if vendor.needs_key and not _has_credential(scope):
            status, problem = 401, ""
        elif problem or (scope["method"] == "POST" and not body and not route.id):
            status, problem = 400, problem or "the request has no body"
        elif behaviour.status is not None:
            status = behaviour.status
        else:
            question = Question(vendor, route, model, behaviour, body, scope, self.kept)
            try:
                answered = answer(question)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                status, problem = 400, str(error)
            except NotThere as error:
                status, problem = 404, str(error)
        if status != 200:
            failed = [*headers, *vendor.error_headers(status)]
            return await sender.plain(status, failed, vendor.error(status, problem))
        if isinstance(answered, Reply):
            return await sender.plain(200, headers, answered.body, answered.id, answered.content_type)
        return await sender.stream(headers, answered.events, answered.error, answered.id, answered.content_type)


def _model_in(body: bytes) -> str:
    """Returns the model a body names: JSON, or a form where files are sent."""
    if is_multipart(body):
        return fields_of(body).get("model", "")
    return _model_decoder.decode(body).model if body else ""


def _has_credential(scope: Scope) -> bool:
    return any(name in _CREDENTIALS for name, _ in scope["headers"]) or b"key=" in scope["query_string"]


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
