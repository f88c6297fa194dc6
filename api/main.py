"""Where the api is put together."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import uvicorn
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.boundary import Boundary
from api.errors import DOCUMENTED, answer
from api.jobs import Jobs
from api.known_keys import KnownKeys
from api.metrics import Metrics
from api.parts import Parts
from api.routes import (
    api_keys,
    cache,
    deletions,
    freshness,
    helicone_said,
    helicone_sql,
    history,
    hql,
    jobs,
    me,
    model_routes,
    prices,
    provider_keys,
    requests,
    retention,
    said,
    saved_queries,
    service,
    sign_in,
)
from api.settings import ApiSettings
from api.spooled import Spooled
from control import epochs
from control.database import open_database
from hql.serving.scans import Scans
from hql.serving.service import open_service
from hql.serving.slots import Slots
from providers.catalog import load_catalog
from warehouse.object_store import open_object_store
from warehouse.settings import RAW_BUCKET, RESULT_BUCKET

QUERY_THREADS = 96
"""Queries have threads of their own, so that slow ones do not keep people from signing in. Most of them wait for a
place, and no organization may have many waiting: see `hql/serving/slots.py`."""

MOST_HEAD_BYTES = 64 * 1024
_OBJECTS_BETWEEN_COLLECTIONS = 20_000

ROUTERS = (
    # Looked through in this order: what is asked most comes first.
    hql.router,
    sign_in.router,
    me.router,
    api_keys.router,
    cache.router,
    deletions.router,
    retention.router,
    provider_keys.router,
    model_routes.router,
    prices.router,
    jobs.router,
    saved_queries.router,
    history.router,
    helicone_sql.router,
    helicone_said.router,
    said.router,
    requests.router,
    freshness.router,
    service.router,
)


def create_app(settings: ApiSettings) -> FastAPI:
    """Builds the api; connects to nothing before the first request."""
    return compose(build_parts(settings), settings)


def build_parts(settings: ApiSettings) -> Parts:
    """Builds what the routes work with."""
    database = open_database(settings.database_url)
    results = open_object_store(settings.object_store_url, RESULT_BUCKET)
    raw_log = open_object_store(settings.object_store_url, RAW_BUCKET)
    answers = open_service(
        settings.warehouse_reader_url,
        results,
        epoch=lambda _organization_id: epochs.current(database),
        slots=Slots(settings.queries_at_once, settings.queries_at_once_per_organization),
        scans=Scans(settings.scan_gib_per_hour << 30),
    )
    return Parts(
        database=database,
        known_keys=KnownKeys(database),
        hql=answers,
        jobs=Jobs(database, answers, results, _now),
        lookups=open_service(settings.warehouse_reader_url),
        raw_log=raw_log,
        spooled=Spooled(settings, raw_log),
        metrics=Metrics(),
        now=_now,
        query_slots=CapacityLimiter(QUERY_THREADS),
        catalog=load_catalog(),
        secret_box=settings.secret_box(),
    )


def compose(parts: Parts, settings: ApiSettings) -> FastAPI:
    """Joins the routes with their parts."""

    @asynccontextmanager
    async def closing(_app: FastAPI) -> AsyncIterator[None]:
        await to_thread.run_sync(parts.spooled.open)
        yield
        parts.jobs.close()
        await to_thread.run_sync(parts.spooled.close)
        parts.hql.close()
        parts.lookups.close()
        parts.database.dispose()

    app = FastAPI(
        title="Weir",
        summary="Query and manage an LLM gateway's warehouse.",
        version="1",
        lifespan=closing,
        redoc_url=None,
        responses=DOCUMENTED,
    )
    app.state.parts = parts
    for router in ROUTERS:
        app.include_router(router)
    # What starlette would answer in shapes of its own; all other errors reach the boundary.
    app.add_exception_handler(HTTPException, _answer)
    app.add_exception_handler(RequestValidationError, _answer)
    app.add_middleware(Boundary, max_body_bytes=settings.api_max_body_bytes, metrics=parts.metrics)
    if settings.api_cors_origins:
        # Around the boundary, so that a page may read our errors too.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.api_cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Weir-Organization"],
            expose_headers=["*"],
        )
    return app


def _now() -> datetime:
    return datetime.now(UTC)


async def _answer(_request: Request, error: Exception) -> JSONResponse:
    return answer(error)


def server_of(app: FastAPI, settings: ApiSettings) -> uvicorn.Server:
    """Returns the server that the app is reached through."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.api_port,
        # The other parser gathers a head that does not end without a bound.
        http="h11",
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        proxy_headers=True,
        forwarded_allow_ips=settings.api_trusted_proxies,
        access_log=False,
        timeout_graceful_shutdown=10,
        # Longer than clients keep theirs: a question that arrives while an idle connection is closed would be lost.
        timeout_keep_alive=75,
    )
    return uvicorn.Server(config)


def main() -> None:
    """Serves the api until it is told to stop."""
    settings = ApiSettings()
    server = server_of(create_app(settings), settings)
    # What is loaded by now stays: looking through it for garbage again and again would hold answers up.
    gc.collect()
    gc.freeze()
    # Rows on their way out are many objects and no garbage.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    server.run()
