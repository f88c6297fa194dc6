"""Builds the dashboard: Streamlit's app, the routes beside it, and the guard before both."""

from pathlib import Path

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from app.connection import connect
from app.guard import Guard
from app.headers import PageHeaders
from app.settings import AppSettings
from app.sign_in import sign_in_routes

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


def main() -> None:
    """Serves the dashboard until it is stopped."""
    settings = AppSettings()
    uvicorn.run(create_app(settings), host=settings.host, port=settings.app_port, log_level="warning", access_log=False)


async def _healthy(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")
