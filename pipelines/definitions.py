"""The composition root of the pipelines: reads the settings and joins stores, loader, assets, checks and sensor.

Dagster calls `defs` in the code server, and again in every run it launches.
"""

import logging
import os
import socket
from dataclasses import replace
from datetime import timedelta

import dagster as dg

from control.database import open_database
from pipelines.assets import checks, raw_segments, tables
from pipelines.cache_sweep import cache_sweep_sensor
from pipelines.deletion.clean_day import Cleaner
from pipelines.deletion.deletion import Deleter
from pipelines.deletion.jobs import deletion, deletion_sensor, retention, retention_schedule
from pipelines.deletion.retention import Retainer
from pipelines.jobs import prune_history, quarantine_replay, reprice, schedules
from pipelines.loading.days import ANSWER_SECONDS, Days
from pipelines.loading.discovery import Discovery
from pipelines.loading.loader import Loader
from pipelines.loading.watch import Watch
from pipelines.prices.asset import daily, prices
from pipelines.prices.in_force import PricesInForce
from pipelines.result_sweep import sweep_sensor
from pipelines.sensors import load_sensor
from pipelines.settings import PipelineSettings
from pipelines.stopping import on_interrupt
from warehouse.clickhouse import connect_writer
from warehouse.object_store import open_object_store
from warehouse.settings import CACHE_BUCKET, RAW_BUCKET, RESULT_BUCKET


@dg.definitions
def defs() -> dg.Definitions:
    return build(PipelineSettings())


def build(settings: PipelineSettings) -> dg.Definitions:
    """Joins everything; connects to nothing yet, so that the pages come up while a store is down."""
    store, engine = open_object_store(settings.object_store_url, RAW_BUCKET), open_database(settings.database_url)
    loader = Loader(
        store=store,
        days=Days(lambda: connect_writer(settings.warehouse_url, ANSWER_SECONDS)),
        engine=engine,
        prices=PricesInForce(store, engine),
        holder=f"{socket.gethostname()} {os.getpid()}",
    )
    cleaner = Cleaner(
        replace(loader, days=Days(lambda: connect_writer(settings.warehouse_url))),
        lambda: connect_writer(settings.warehouse_url),
    )
    results = open_object_store(settings.object_store_url, RESULT_BUCKET)
    cache = open_object_store(settings.object_store_url, CACHE_BUCKET)
    watch = Watch(
        loader,
        Discovery(loader.store, loader.days),
        poll_seconds=settings.load_poll_seconds,
        derive_seconds=settings.load_derive_seconds,
    )
    on_interrupt(watch.stop)
    days = dg.DailyPartitionsDefinition(start_date=settings.first_day.isoformat(), end_offset=1)
    price_list = prices(store, settings.price_list_url)
    prune = prune_history(timedelta(days=settings.history_days))
    logging.getLogger("pipelines").setLevel(logging.INFO)
    return dg.Definitions(
        assets=[raw_segments(days), price_list, tables(days)],
        asset_checks=checks(),
        sensors=[
            load_sensor(watch, tick_seconds=settings.load_tick_seconds, check_seconds=settings.load_check_seconds),
            deletion_sensor(loader.engine),
            sweep_sensor(results, settings.kept_answers_max_bytes),
            cache_sweep_sensor(cache),
        ],
        jobs=[reprice, quarantine_replay, prune, deletion, retention],
        schedules=[*schedules(prune), daily(), retention_schedule()],
        # A run has one step that works: in a process of its own it would begin seconds later, and outlive a killed run.
        executor=dg.in_process_executor,
        resources={
            "loader": loader,
            "deleter": Deleter(cleaner, results, cache),
            "retainer": Retainer(cleaner, results, cache),
        },
    )
