"""Loads the demo data into an instance, with a progress bar, and takes it out again."""

import os
import socket
from datetime import UTC, datetime
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.engine import Engine

from pipelines.loading.days import Days
from pipelines.loading.loader import Loader
from warehouse.clickhouse import connect_writer
from warehouse.object_store import open_object_store
from warehouse.settings import RAW_BUCKET
from weir.demo.load import delete_demo, load_demo
from weir.instance import Instance


def load_demo_data(instance: Instance, organization_id: UUID, console: Console) -> None:
    """Loads thirty days that end now, through the pipelines' own loader; does nothing if they are there."""
    columns = (TextColumn("  demo data"), BarColumn(), MofNCompleteColumn(), TextColumn("requests"))
    with instance.database() as engine, Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("demo data", total=None)
        load_demo(
            _loader(instance, engine),
            organization_id,
            datetime.now(UTC),
            lambda done, total: progress.update(task, completed=done, total=total),
        )


def delete_demo_data(instance: Instance, organization_id: UUID) -> int:
    """Takes the demo data out again, other requests stay; returns how many days it was in."""
    with instance.database() as engine:
        return delete_demo(_loader(instance, engine), organization_id)


def _loader(instance: Instance, engine: Engine) -> Loader:
    return Loader(
        store=open_object_store(instance.object_store_url, RAW_BUCKET),
        days=Days(lambda: connect_writer(instance.warehouse_url)),
        engine=engine,
        holder=f"demo data on {socket.gethostname()} {os.getpid()}",
    )
