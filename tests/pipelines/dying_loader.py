"""Loaders that are killed right before a step: `python -m tests.pipelines.dying_loader` reads a `Death` a line."""

from datetime import date, datetime
from typing import Literal

import msgspec

from control.database import open_database
from pipelines.loading import segments
from pipelines.loading.backfill import remodel_days, unfinished
from pipelines.loading.days import Days
from pipelines.loading.loader import Loader
from tests.pipelines.dying import answer_deaths, die_at
from warehouse.clickhouse import connect_writer
from warehouse.object_store import open_object_store
from warehouse.rawlog.keys import day_prefix
from warehouse.settings import RAW_BUCKET


class Death(msgspec.Struct, frozen=True):
    """Which loader dies where."""

    object_store_url: str
    database_url: str
    warehouse_url: str
    day: date
    verb: Literal["load", "remodel", "backfill"]
    step: str
    """The step and its how-manieth time, as `publish 2`."""
    most_rows: int
    """How many rows of several segments are loaded together."""
    asked_at: datetime
    """When the backfill was asked for."""


def work(death: Death) -> None:
    segments.MOST_ROWS = death.most_rows
    store = open_object_store(death.object_store_url, RAW_BUCKET)
    days = Days(lambda: connect_writer(death.warehouse_url))
    loader = Loader(store, days, open_database(death.database_url), "dying", at=die_at(death.step))
    if death.verb == "backfill":
        list(remodel_days(loader, unfinished(loader, death.asked_at)))
    elif death.verb == "remodel":
        loader.remodel(death.day)
    else:
        list(loader.load(death.day, [found.key for found in store.list_after(day_prefix(death.day))]))
        loader.derive(death.day)


if __name__ == "__main__":
    answer_deaths(Death, work)
