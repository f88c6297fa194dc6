"""Deleters that are killed right before a step: `python -m tests.pipelines.dying_deleter` reads a `Death` a line."""

from datetime import timedelta

import msgspec

from control.database import open_database
from pipelines.deletion.clean_day import Cleaner
from pipelines.deletion.deletion import Deleter
from pipelines.loading.days import Days
from pipelines.loading.loader import Loader
from tests.pipelines.dying import answer_deaths, die_at
from warehouse.clickhouse import connect_writer
from warehouse.object_store import open_object_store
from warehouse.settings import CACHE_BUCKET, RAW_BUCKET, RESULT_BUCKET


class Death(msgspec.Struct, frozen=True):
    """Which deleter dies where."""

    object_store_url: str
    database_url: str
    warehouse_url: str
    step: str
    """The step and its how-manieth time, as `publish 2`."""


def work(death: Death) -> None:
    def connect():
        return connect_writer(death.warehouse_url)

    raw, results, cache = (
        open_object_store(death.object_store_url, bucket) for bucket in (RAW_BUCKET, RESULT_BUCKET, CACHE_BUCKET)
    )
    loader = Loader(raw, Days(connect), open_database(death.database_url), "dying", at=die_at(death.step))
    Deleter(Cleaner(loader, connect), results, cache, settle=timedelta(0)).work()


if __name__ == "__main__":
    answer_deaths(Death, work)
