"""What lives as long as the gateway runs, opened in the order in which the parts need each other."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import Engine

from control.database import open_database
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
from gateway.logged.keeper import Keeper
from gateway.logged.reception import Reception
from gateway.metrics import Metrics
from gateway.proxy import Limits, Proxy
from gateway.recording.recorder import Recorder
from gateway.routing.attempts import Attempts
from gateway.routing.health import HealthByOrganization
from gateway.routing.listing import Listing
from gateway.routing.named_routes import NamedRoutes
from gateway.routing.patience import Patience
from gateway.routing.planner import Planner
from gateway.service.vitals import Vitals
from gateway.settings import GatewaySettings
from gateway.targets.doors import Doors
from gateway.targets.hosts import AllowedHosts
from gateway.upstream.client import Upstream
from gateway.upstream.kept_keys import KeptKeys, OperatorKeys
from providers.catalog import Catalog
from providers.models.catalogue import Models
from warehouse.object_store import ObjectStore, ObjectStoreError, open_object_store
from warehouse.rawlog.shipper import Shipper
from warehouse.rawlog.spool import Spool
from warehouse.settings import CACHE_BUCKET, RAW_BUCKET

_BUCKET_PAUSE_SECONDS = 5.0

_logger = logging.getLogger(__name__)


@asynccontextmanager
async def opened(
    settings: GatewaySettings, catalog: Catalog, hosts: AllowedHosts, doors: Doors, metrics: Metrics, vitals: Vitals
) -> AsyncIterator[tuple[Proxy, Reception, Listing]]:
    """Opens the parts that take calls, take reports and list models; closes them in reverse."""
    async with AsyncExitStack() as closing:
        database = open_database(settings.database_url)
        keys = KeyCache(database, grace_seconds=settings.key_grace_seconds)
        closing.callback(keys.close)
        provider_keys = ProviderKeys(database, settings.secret_box())
        spool, shipper, raw = await _opened_spool(settings, closing)
        vitals.watch(keys, provider_keys, spool, shipper)
        cache, epochs, kept_answers = _opened_cache(settings, database, closing)
        metrics.watch(cache.figures)
        models = Models(catalog)
        budgets = Budgets(database, spool.writer_id)
        limiter = Limiter(_counters(settings), budgets, Prices(catalog, models), settings.redis_away)
        closing.push_async_callback(limiter.close)
        metrics.watch(limiter.figures)
        upstream = Upstream(
            is_trusted=hosts.is_trusted,
            connect_timeout_seconds=settings.upstream_connect_seconds,
            read_timeout_seconds=settings.upstream_read_seconds,
        )
        closing.push_async_callback(upstream.close)
        kept_keys = KeptKeys(provider_keys, _operators_keys(catalog, settings))
        health = HealthByOrganization()
        metrics.watch(health.figures)
        patience = Patience(settings.attempt_seconds, settings.first_token_seconds, settings.total_seconds)
        named = NamedRoutes(database, settings.routes)
        planner = Planner(catalog, models, doors, kept_keys, health, patience, named)

        refreshes = (keys.refresh, provider_keys.refresh, epochs.refresh, budgets.refresh, named.refresh)
        for refresh in refreshes:
            await refresh()
        _go_on(
            closing,
            keep_fresh(*refreshes),
            _ensure_bucket(raw),
            _ensure_bucket(kept_answers),
            asyncio.to_thread(planner.warm),
        )

        limits = Limits(
            settings.max_request_bytes,
            settings.max_body_bytes,
            settings.spool_full == "refuse",
            settings.allow_unlogged,
        )
        recorder = Recorder(spool, metrics)
        attempts = Attempts(upstream, kept_keys, metrics, health)
        cached = CachedCalls(cache, recorder, kept_bytes=limits.kept_bytes)
        keeper = Keeper(spool, metrics, refuse_when_full=limits.refuse_when_full)
        yield (
            Proxy(keys, planner, attempts, recorder, metrics, limits, limiter, cached),
            Reception(keys, keeper, catalog, request_bytes=limits.request_bytes, kept_bytes=limits.kept_bytes),
            Listing(keys, planner),
        )


async def _opened_spool(settings: GatewaySettings, closing: AsyncExitStack) -> tuple[Spool, Shipper, ObjectStore]:
    store = open_object_store(settings.object_store_url, RAW_BUCKET)
    spool = await asyncio.to_thread(
        Spool,
        settings.spool_dir,
        max_bytes=settings.spool_max_bytes,
        min_free_bytes=settings.spool_min_free_bytes,
        seal_seconds=settings.spool_seal_seconds,
        seal_bytes=settings.spool_seal_bytes,
        sync_seconds=settings.spool_sync_ms / 1000,
    )
    shipper = Shipper(spool, store)
    closing.push_async_callback(asyncio.to_thread, shipper.stop, settings.spool_drain_seconds)
    return spool, shipper, store


def _opened_cache(
    settings: GatewaySettings, database: Engine, closing: AsyncExitStack
) -> tuple[ResponseCache, CacheEpochs, ObjectStore]:
    store = open_object_store(settings.object_store_url, CACHE_BUCKET)
    epochs = CacheEpochs(database)
    cache = ResponseCache(epochs, CacheStore(store), Front(settings.cache_memory_bytes))
    closing.push_async_callback(cache.close)
    return cache, epochs, store


def _counters(settings: GatewaySettings) -> Counters:
    if settings.redis_url is None:
        return MemoryCounters()
    # Loading the client takes a third of a second, which only who uses it should wait for.
    from gateway.limits.redis import RedisCounters

    return RedisCounters(settings.redis_url)


def _operators_keys(catalog: Catalog, settings: GatewaySettings) -> OperatorKeys:
    """Reads the operator's own keys out of the environment; the catalogue names their variables."""
    keys = {
        provider.id: key
        for provider in catalog
        if provider.operator_key_env and (key := os.environ.get(provider.operator_key_env))
    }
    return OperatorKeys(keys, settings.operator_organizations())


def _go_on(closing: AsyncExitStack, *works: Coroutine[Any, Any, None]) -> None:
    """Lets these go on beside the calls until the gateway closes."""
    tasks = [asyncio.create_task(work) for work in works]

    async def end() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    closing.push_async_callback(end)


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
