"""Lets nobody past without a session: pages, the script's socket, downloads. It stands before all of Streamlit."""

import asyncio
from urllib.parse import quote

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from app.api_client.errors import ApiError
from app.api_client.visitors import SESSION_COOKIE, Visitors

_OPEN_PATHS = frozenset({"/sign-in", "/sign-out", "/healthz", "/_stcore/health", "/favicon.ico", "/favicon.png"})
_OPEN_FOLDERS = ("/assets/", "/static/")
"""Files that are the same for everybody: Streamlit's scripts and our own."""


class Guard:
    """ASGI middleware that sends visitors without a session to the sign-in page."""

    def __init__(self, app: ASGIApp, visitors: Visitors) -> None:
        self._app = app
        self._visitors = visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the call on, or answers it here."""
        if scope["type"] == "lifespan" or _is_open(scope["path"]) or await self._is_signed_in(HTTPConnection(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=4401, reason="signed out")(scope, receive, send)
        elif "text/html" in HTTPConnection(scope).headers.get("accept", ""):
            await RedirectResponse(f"/sign-in?next={quote(_target(scope), safe='')}", 303)(scope, receive, send)
        else:
            await PlainTextResponse("Sign in first.", status_code=401)(scope, receive, send)

    async def _is_signed_in(self, connection: HTTPConnection) -> bool:
        token = connection.cookies.get(SESSION_COOKIE)
        try:
            return await asyncio.to_thread(self._visitors.who, token) is not None
        except ApiError:
            # Nobody can tell now. The script asks again before it shows anything, and says which part is down.
            return bool(token)


def _is_open(path: str) -> bool:
    return path in _OPEN_PATHS or path.startswith(_OPEN_FOLDERS)


def _target(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])
