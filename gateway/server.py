"""How the gateway is served: uvicorn's server and uvloop, with the connections of `gateway/downstream/`."""

import socket
from collections.abc import Iterable

import uvicorn

from gateway.asgi import App
from gateway.downstream.connection import ClientConnection

_BACKLOG = 2048


def server_of(
    app: App,
    host: str,
    port: int,
    drain_seconds: int,
    *,
    head_seconds: float = ClientConnection.head_seconds,
    body_seconds: float = ClientConnection.body_seconds,
    keep_alive_seconds: float = ClientConnection.keep_alive_seconds,
    taking_seconds: float = ClientConnection.taking_seconds,
) -> uvicorn.Server:
    """Returns a server that, when told to stop, lets running calls finish for `drain_seconds`.

    A request's head may take `head_seconds`, a client be silent within a body for `body_seconds` and between two
    requests for `keep_alive_seconds`, and take nothing of its answer for `taking_seconds`.
    """
    seconds = {
        "head_seconds": head_seconds,
        "body_seconds": body_seconds,
        "keep_alive_seconds": keep_alive_seconds,
        "taking_seconds": taking_seconds,
    }
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=type("Connection", (ClientConnection,), seconds),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=drain_seconds,
        backlog=_BACKLOG,
    )
    return uvicorn.Server(config)


def listen(host: str, ports: Iterable[int]) -> list[socket.socket]:
    """Returns sockets for `Server.run`, where one port is not enough."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return [socket.create_server((host, port), family=family, backlog=_BACKLOG) for port in ports]
