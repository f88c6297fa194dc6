"""Runs an import for an instance: says how far it is, loads what it stored, and sums up."""

import os
import socket
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.status import Status
from sqlalchemy.exc import SQLAlchemyError

from gateway.settings import GatewaySettings
from pipelines.loading.day_lease import DayTaken, LeaseLost
from pipelines.loading.days import Days
from pipelines.loading.loader import Loader
from providers.catalog import load_catalog
from warehouse.clickhouse import WarehouseError, connect_writer
from warehouse.object_store import ObjectStore, StoreUnavailable, open_object_store
from warehouse.settings import RAW_BUCKET
from weir.importing.api import HeliconeApi
from weir.importing.counts import Counts
from weir.importing.history import History
from weir.importing.note import Notebook
from weir.importing.packing import segments_of
from weir.importing.saved_pages import pages_in
from weir.instance import Instance

_WAIT_SECONDS = 0.2


def import_from_api(
    instance: Instance,
    organization_id: UUID,
    key: str,
    url: str,
    since: date,
    until: date,
    console: Console,
    *,
    again: bool = False,
) -> None:
    """Brings the days from `since` to `until`; `again` also those that an earlier run finished. Raises ImportFailed."""
    with console.status("asking Helicone …") as status, closing(HeliconeApi(url, key, tell=status.update)) as api:
        store = _store(instance)
        notebook = Notebook(store, organization_id, api.url, key)
        if again:
            notebook.forget()
        now = datetime.now(UTC)
        _import(
            instance, store, organization_id, status, console,
            lambda history: history.from_api(api, notebook, since, until, now),
        )  # fmt: skip


def import_from_files(instance: Instance, organization_id: UUID, files: list[Path], console: Console) -> None:
    """Brings what saved pages hold. Raises ImportFailed."""
    with console.status("reading …") as status:
        _import(
            instance, _store(instance), organization_id, status, console,
            lambda history: history.from_files(pages_in(files)),
        )  # fmt: skip


def _import(
    instance: Instance,
    store: ObjectStore,
    organization_id: UUID,
    status: Status,
    console: Console,
    run: Callable[[History], Counts],
) -> None:
    troubles: list[str] = []
    with instance.database() as engine:
        loader = Loader(
            store=store,
            days=Days(lambda: connect_writer(instance.warehouse_url)),
            engine=engine,
            holder=f"import on {socket.gethostname()} {os.getpid()}",
        )
        history = History(
            store,
            organization_id,
            load_catalog(),
            kept_bytes=GatewaySettings.model_fields["max_body_bytes"].default,
            stored=lambda day: _load(loader, history.counts, day, segments_of(store, organization_id, day), troubles),
            progress=lambda day, counts: status.update(f"{day}: {counts.requests:,} requests so far"),
        )
        try:
            run(history)
        finally:
            status.stop()
            _sum_up(history.counts, troubles, console)


def _load(loader: Loader, counts: Counts, day: date, keys: list[str], troubles: list[str]) -> None:
    """Loads the day as the pipelines do, who look at old days once an hour; after whoever else writes it now."""
    while keys:
        try:
            counts.rows_loaded += sum(loaded.row_count for loaded in loader.load(day, keys))
            loader.derive(day)
            return
        except (DayTaken, LeaseLost):
            time.sleep(_WAIT_SECONDS)
        except (WarehouseError, StoreUnavailable, SQLAlchemyError) as error:
            troubles.append(str(error))
            return


def _sum_up(counts: Counts, troubles: list[str], console: Console) -> None:
    def say(text: str, **style: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True, **style)  # type: ignore[arg-type]

    say(
        f"{counts.requests:,} requests, {counts.scores:,} scores and {counts.feedback:,} times feedback are in the raw "
        f"log; {counts.segments:,} segments are new, {counts.segments_there:,} were there, and {counts.days_there:,} "
        "days were done before."
    )
    say(
        f"{counts.rows_loaded:,} rows were loaded now; what the pipelines loaded meanwhile, or was there before, is "
        "not loaded twice."
    )
    if troubles:
        say(f"{len(troubles):,} days could not be loaded now ({troubles[0]}); the pipelines will, within the hour.")
    for what, count in counts.not_carried.most_common():
        say(f"Not carried, {count:,} times: {what}. The first: {counts.examples[what]}", style="yellow")


def _store(instance: Instance) -> ObjectStore:
    store = open_object_store(instance.object_store_url, RAW_BUCKET)
    store.ensure_bucket()
    return store
