"""Builds the dashboard: Streamlit's app, the routes beside it, and the guard before both."""

from pathlib import Path

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from app.api_client.connection import connect
from app.settings import AppSettings
from app.web.guard import Guard
from app.web.headers import PageHeaders
from app.web.sign_in import sign_in_routes

MOST_HEAD_BYTES = 512 * 1024
"""Long queries stand in the address."""

_HERE = Path(__file__).parent


def create_app(settings: AppSettings) -> st.App:
    """Returns the dashboard as an ASGI application; one process serves one."""
    connection = connect(settings.api_url)
    return st.App(
        _HERE / "dashboard" / "script.py",
        routes=[
            *sign_in_routes(connection.api, connection.visitors),
            Route("/healthz", _healthy),
            Mount("/assets", StaticFiles(directory=_HERE / "assets")),
        ],
        middleware=[Middleware(PageHeaders), Middleware(Guard, visitors=connection.visitors)],
        # The one way by which an ASGI application hands values to its script.
        secrets={"weir": settings.model_dump(mode="json")},
    )


def server_of(app: ASGIApp, settings: AppSettings) -> uvicorn.Server:
    """Returns the server that the dashboard is reached through."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.app_port,
        # The other parser gathers a head that does not end without a bound.
        http="h11",
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        log_level="warning",
        access_log=False,
    )
    return uvicorn.Server(config)


def main() -> None:
    """Serves the dashboard until it is stopped."""
    settings = AppSettings()
    server_of(create_app(settings), settings).run()


async def _healthy(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")
