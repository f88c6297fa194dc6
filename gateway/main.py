"""The gateway, put together: settings → keys, spool, shipper, catalogue, upstream client → app."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from control.database import open_database
from gateway.app import Gateway
from gateway.cache.cached_call import CachedCalls
from gateway.cache.epochs import CacheEpochs
from gateway.cache.front import Front
from gateway.cache.response_cache import ResponseCache
from gateway.cache.store import CacheStore
from gateway.caller.keys import KeyCache
from gateway.caller.provider_keys import ProviderKeys
from gateway.caller.refreshing import keep_fresh
from gateway.limits.budgets import Budgets
from gateway.limits.counters import Counters
from gateway.limits.limiter import Limiter
from gateway.limits.memory import MemoryCounters
from gateway.limits.prices import Prices
from gateway.limits.several_workers import refuse_limits_that_workers_cannot_hold
from gateway.logged.keeper import Keeper
from gateway.logged.reception import Reception
from gateway.metrics import Metrics
from gateway.proxy import Limits, Proxy
from gateway.recording.recorder import Recorder
from gateway.routing.attempts import Attempts
from gateway.routing.health import HealthByOrganization
from gateway.routing.listing import Listing
from gateway.routing.patience import Patience
from gateway.routing.planner import Planner
from gateway.server import listen, server_of
from gateway.service.app import create_service
from gateway.service.vitals import Vitals
from gateway.settings import GatewaySettings
from gateway.targets.doors import Doors
from gateway.targets.hosts import AllowedHosts
from gateway.targets.ports import with_prefixes
from gateway.upstream.client import Upstream
from gateway.upstream.kept_keys import KeptKeys, OperatorKeys
from gateway.workers import Workers
from providers.catalog import Catalog, load_catalog
from providers.models.catalogue import Models
from warehouse.object_store import ObjectStore, ObjectStoreError, open_object_store
from warehouse.rawlog.shipper import Shipper
from warehouse.rawlog.spool import Spool
from warehouse.settings import CACHE_BUCKET, RAW_BUCKET

_BUCKET_PAUSE_SECONDS = 5.0

_logger = logging.getLogger(__name__)


def create_app(settings: GatewaySettings) -> Gateway:
    """Makes the app. Threads, files and connections begin with its lifespan and end with it."""
    catalog = load_catalog(settings.upstreams, settings.host_parts)
    hosts = AllowedHosts(catalog, settings.targets(), settings.upstreams)
    doors = Doors(catalog, hosts)
    operator_keys = OperatorKeys(_keys_in_environment(catalog), settings.operator_organizations())
    patience = Patience(settings.attempt_seconds, settings.first_token_seconds, settings.total_seconds)
    box = settings.secret_box()
    limits = Limits(
        settings.max_request_bytes, settings.max_body_bytes, settings.spool_full == "refuse", settings.allow_unlogged
    )
    metrics = Metrics()
    vitals = Vitals()
    metrics.watch(vitals.figures)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        database = open_database(settings.database_url)
        keys = KeyCache(database, grace_seconds=settings.key_grace_seconds)
        provider_keys = ProviderKeys(database, box)
        store = open_object_store(settings.object_store_url, RAW_BUCKET)
        spool = await asyncio.to_thread(_open_spool, settings)
        shipper = Shipper(spool, store)
        upstream = Upstream(
            is_trusted=hosts.is_trusted,
            connect_timeout_seconds=settings.upstream_connect_seconds,
            read_timeout_seconds=settings.upstream_read_seconds,
        )
        vitals.watch(keys, provider_keys, spool, shipper)
        kept_answers = open_object_store(settings.object_store_url, CACHE_BUCKET)
        epochs = CacheEpochs(database)
        cache = ResponseCache(epochs, CacheStore(kept_answers), Front(settings.cache_memory_bytes))
        metrics.watch(cache.figures)
        budgets = Budgets(database, spool.writer_id)
        models = Models(catalog)
        prices = Prices(catalog, models)
        limiter = Limiter(_counters(settings), budgets, prices, settings.redis_away)
        metrics.watch(limiter.figures)
        await keys.refresh()
        await provider_keys.refresh()
        await epochs.refresh()
        await budgets.refresh()
        background = [
            asyncio.create_task(keep_fresh(keys.refresh, provider_keys.refresh, epochs.refresh, budgets.refresh)),
            asyncio.create_task(_ensure_bucket(store)),
            asyncio.create_task(_ensure_bucket(kept_answers)),
        ]
        recorder = Recorder(spool, metrics)
        cached = CachedCalls(cache, recorder, kept_bytes=limits.kept_bytes)
        kept_keys, health = KeptKeys(provider_keys, operator_keys), HealthByOrganization()
        metrics.watch(health.figures)
        planner = Planner(catalog, models, doors, kept_keys, health, patience, settings.routes)
        attempts = Attempts(upstream, kept_keys, metrics, health)
        reception = Reception(
            keys,
            Keeper(spool, metrics, refuse_when_full=limits.refuse_when_full),
            catalog,
            request_bytes=limits.request_bytes,
            kept_bytes=limits.kept_bytes,
        )
        gateway.open(
            Proxy(keys, planner, attempts, recorder, metrics, limits, limiter, cached),
            reception,
            Listing(keys, planner),
        )
        background.append(asyncio.create_task(asyncio.to_thread(planner.warm)))
        try:
            yield
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await upstream.close()
            await limiter.close()
            await cache.close()
            await asyncio.to_thread(shipper.stop, settings.spool_drain_seconds)
            keys.close()

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
        head_seconds=settings.head_seconds,
        body_seconds=settings.body_seconds,
    )
    # What is loaded by now stays: looking through it for garbage again and again would hold calls up.
    gc.collect()
    gc.freeze()
    aliases, workers = settings.gateway_aliases, settings.gateway_workers
    if workers == 1:
        return server.run(sockets=listen(settings.host, [settings.gateway_port, *aliases]) if aliases else None)
    if settings.redis_url is None:
        refuse_limits_that_workers_cannot_hold(settings.database_url, workers)
    listeners = listen(settings.host, [settings.gateway_port, *aliases])
    return Workers(workers, lambda: server.run(sockets=listeners), listeners).run()


def _counters(settings: GatewaySettings) -> Counters:
    if settings.redis_url is None:
        return MemoryCounters()
    # Loading the client takes a third of a second, which only who uses it should wait for.
    from gateway.limits.redis import RedisCounters

    return RedisCounters(settings.redis_url)


def _open_spool(settings: GatewaySettings) -> Spool:
    return Spool(
        settings.spool_dir,
        max_bytes=settings.spool_max_bytes,
        min_free_bytes=settings.spool_min_free_bytes,
        seal_seconds=settings.spool_seal_seconds,
        seal_bytes=settings.spool_seal_bytes,
        sync_seconds=settings.spool_sync_ms / 1000,
    )


def _keys_in_environment(catalog: Catalog) -> dict[str, str]:
    """Returns the operator's own keys by provider; the catalogue names their variables."""
    return {
        provider.id: key
        for provider in catalog
        if provider.operator_key_env and (key := os.environ.get(provider.operator_key_env))
    }


async def _ensure_bucket(store: ObjectStore) -> None:
    """Makes the bucket as soon as the store is there; calls do not wait for it."""
    while True:
        try:
            await asyncio.to_thread(store.ensure_bucket)
        except ObjectStoreError as error:
            _logger.warning("the object store is not ready, records wait on disk and answers are not kept: %s", error)
            await asyncio.sleep(_BUCKET_PAUSE_SECONDS)
        else:
            return
