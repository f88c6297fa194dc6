"""The gateway's process: settings → app → server, or several of them."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from gateway.app import Gateway
from gateway.assembly import opened
from gateway.downstream.patience import Limits
from gateway.limits.several_workers import refuse_limits_that_workers_cannot_hold
from gateway.metrics import Metrics
from gateway.server import listen, server_of
from gateway.service.app import create_service
from gateway.service.vitals import Vitals
from gateway.settings import GatewaySettings
from gateway.targets.doors import Doors
from gateway.targets.hosts import AllowedHosts
from gateway.targets.ports import with_prefixes
from gateway.workers import Workers
from providers.catalog import load_catalog

_OBJECTS_BETWEEN_COLLECTIONS = 20_000


def create_app(settings: GatewaySettings) -> Gateway:
    """Makes the app. Threads, files and connections begin with its lifespan and end with it."""
    catalog = load_catalog(settings.upstreams, settings.host_parts)
    hosts = AllowedHosts(catalog, settings.targets(), settings.upstreams)
    doors = Doors(catalog, hosts)
    metrics = Metrics()
    vitals = Vitals()
    metrics.watch(vitals.figures)
    # A key that cannot be used is told before anything is opened.
    settings.secret_box()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with opened(settings, catalog, hosts, doors, metrics, vitals) as parts:
            gateway.open(*parts)
            yield

    gateway = Gateway(doors, create_service(doors, metrics, vitals.problems, lifespan))
    return gateway


def main() -> None:
    """Serves until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = GatewaySettings()
    server = server_of(
        with_prefixes(create_app(settings), settings.gateway_aliases),
        settings.host,
        settings.gateway_port,
        settings.drain_seconds,
        Limits(head_seconds=settings.head_seconds, body_seconds=settings.body_seconds),
    )
    # What is loaded by now stays: looking through it for garbage again and again would hold calls up.
    gc.collect()
    gc.freeze()
    # A call leaves nothing behind that would wait for the collector, so looking for it seldom is enough.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    aliases, workers = settings.gateway_aliases, settings.gateway_workers
    if workers == 1:
        return server.run(sockets=listen(settings.host, [settings.gateway_port, *aliases]) if aliases else None)
    if settings.redis_url is None:
        refuse_limits_that_workers_cannot_hold(settings.database_url, workers)
    listeners = listen(settings.host, [settings.gateway_port, *aliases])
    return Workers(workers, lambda: server.run(sockets=listeners), listeners).run()
