"""The gateway's ASGI application: calls to providers are answered here, everything else by the service app behind it.

A framework's route would cost about as much as all the rest of a proxied call, so the hot path is this plain callable.
"""

from gateway.asgi import App, Receive, Scope, Send
from gateway.caller.head import Head
from gateway.caller.heads import Heads
from gateway.errors import BadRequest, GatewayError, MethodNotAllowed
from gateway.logged.doors import log_door
from gateway.logged.reception import Reception
from gateway.proxy import Proxy
from gateway.responses import send_error, send_json
from gateway.routing.listing import Listing
from gateway.routing.unified import is_deployment, is_listing, unified_target, unrouted
from gateway.targets.doors import Doors, Target
from providers.dialects.dialect import dialect_of

_NOT_PROXIED = ("CONNECT", "TRACE")


class Gateway:
    """The ASGI callable. It takes calls and reports once `open` has given it who carries them."""

    def __init__(self, doors: Doors, service: App) -> None:
        self._doors = doors
        self._service = service
        self._heads = Heads()
        self._proxy: Proxy | None = None
        self._reception: Reception | None = None
        self._listing: Listing | None = None

    def open(self, proxy: Proxy, reception: Reception, listing: Listing) -> None:
        self._proxy = proxy
        self._reception = reception
        self._listing = listing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._proxy is None or self._reception is None or self._listing is None:
            return await self._service(scope, receive, send)
        # A path given without its percent-encoded form comes from a test, never from a server.
        raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        target: Target | None = None
        try:
            head = self._heads.of(scope["headers"])
            if (log := log_door(raw_path)) is not None and "target-url" not in head.ours:
                return await self._reception.answer(log, head, scope, receive, send)
            target = self._target(head, raw_path)
            if target is not None and not target.url and is_listing(scope["method"], raw_path):
                return await self._listing.answer(raw_path, head, send)
            if target is None:
                return await self._service(scope, receive, send)
            if not target.path:
                return await _greet(target, scope["method"], send)
            _refuse_what_is_not_proxied(scope["method"], head)
            return await self._proxy.carry(target, raw_path, head, scope, receive, send)
        except GatewayError as error:
            dialect = dialect_of(raw_path) if target is None else target.error_dialect
            return await send_error(send, error, dialect)

    def _target(self, head: Head, raw_path: str) -> Target | None:
        if "target-url" in head.ours:
            return self._doors.url_target(head, raw_path)
        if "openai-api-base" in head.ours and (target := self._doors.api_base_target(head, raw_path)) is not None:
            return target
        if not is_deployment(raw_path) and (target := self._doors.provider_target(raw_path, head.ours)) is not None:
            return target
        return unrouted(raw_path) if "fallbacks" in head.ours else unified_target(raw_path)


def _refuse_what_is_not_proxied(method: str, head: Head) -> None:
    if method in _NOT_PROXIED:
        raise MethodNotAllowed(f"method {method} is not proxied")
    if head.values.get(b"upgrade", b"").lower() == b"websocket":
        raise BadRequest("websockets are not proxied; use the provider's HTTP endpoints")


async def _greet(target: Target, method: str, send: Send) -> None:
    """Answers at a provider's bare door, where Claude Code knocks before it sends anything."""
    if method not in ("GET", "HEAD"):
        raise MethodNotAllowed(f"there is nothing to {method} here; add the provider's path to /{target.provider}/")
    await send_json(send, 200, b'{"provider":"%s"}' % target.provider.encode())
