"""What the gateway answers besides calls: whether it is well, what it counts, what it offers."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gateway.errors import UnknownProvider, body_of
from gateway.metrics import Metrics
from gateway.service.openapi import describe_doors
from gateway.targets.doors import Doors
from providers.dialects.dialect import dialect_of


def create_service(
    doors: Doors,
    metrics: Metrics,
    problems: Callable[[], list[str]],
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
) -> FastAPI:
    """Makes the app; `problems` says what keeps the gateway from taking calls."""
    app = FastAPI(title="Weir gateway", version="1", docs_url=None, redoc_url=None, lifespan=lifespan)

    @app.head("/", include_in_schema=False)
    @app.get("/", summary="Says what this is")
    async def root() -> dict[str, str]:
        return {"name": "weir-gateway", "openapi": "/openapi.json"}

    @app.get("/healthz", summary="Whether the process is alive")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", summary="Whether calls can be taken")
    async def readyz() -> JSONResponse:
        found = problems()
        return JSONResponse({"status": "not ready" if found else "ok", "problems": found}, 503 if found else 200)

    @app.get("/metrics", summary="Figures for Prometheus")
    async def read_metrics() -> Response:
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.exception_handler(HTTPException)
    async def refuse(request: Request, error: HTTPException) -> Response:
        if error.status_code != 404:
            body = {"error": {"code": "method_not_allowed", "message": f"{error.detail}: {request.method}"}}
            return JSONResponse(body, error.status_code, error.headers)
        unknown = _unknown(doors, request.url.path)
        return Response(body_of(unknown, dialect_of(request.url.path)), 404, media_type="application/json")

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe_doors(FastAPI.openapi(app))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _unknown(doors: Doors, path: str) -> UnknownProvider:
    first = path.lstrip("/").partition("/")[0][:80]
    near = [f"/{id}/…" for id in doors.near(first)] or ["such as /openai/… or /anthropic/…"]
    return UnknownProvider(f"there is nothing at `/{first}`; a path begins with a provider: {', '.join(near)}")
