"""How the gateway is served: uvicorn's server and uvloop, with the connections of `gateway/downstream/`."""

import socket
from collections.abc import Iterable
from functools import partial
from typing import Any, cast

import uvicorn

from gateway.asgi import App
from gateway.downstream.connection import ClientConnection
from gateway.downstream.patience import USUAL, Limits

_BACKLOG = 2048


def server_of(app: App, host: str, port: int, drain_seconds: int, limits: Limits = USUAL) -> uvicorn.Server:
    """Returns a server that, when told to stop, lets running calls finish for `drain_seconds`."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=cast(Any, partial(ClientConnection, limits=limits)),
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
