"""The outermost layer: bounds the bodies we read, measures requests, and lets no error out in another shape."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import TooLarge, answer
from api.metrics import Metrics


class Boundary:
    """An ASGI layer around the whole api."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, metrics: Metrics) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        status: int | None = None

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, _bounded(receive, self._max_body_bytes), noting_send)
        except Exception as error:
            if status is not None:
                raise
            await answer(error)(scope, receive, noting_send)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.answered(scope["method"], route, status, perf_counter() - began)


def _bounded(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def bounded_receive() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise TooLarge("body_too_large", f"the body has more than {limit} bytes", hint="WEIR_API_MAX_BODY_BYTES")
        return message

    return bounded_receive
