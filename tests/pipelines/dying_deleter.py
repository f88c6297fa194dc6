"""Deleters that are killed right before a step: `python -m tests.pipelines.dying_deleter` reads a `Death` a line.

As in `dying_loader`, each dies in a process of its own, forked from this one, and the answer to a line is how it ended.
"""

import os
import signal
import sys
from collections import Counter
from datetime import timedelta

import genai_prices  # noqa: F401 - imported late otherwise, and so by every fork
import msgspec

from control.database import open_database
from pipelines.deletion.clean_day import Cleaner
from pipelines.deletion.deletion import Deleter
from pipelines.loading.days import Days
from pipelines.loading.loader import Loader
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


def main() -> None:
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            work(msgspec.json.decode(line, type=Death))
            os._exit(0)
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def work(death: Death) -> None:
    taken: Counter[str] = Counter()

    def die(step: str) -> None:
        taken[step] += 1
        if f"{step} {taken[step]}" == death.step:
            os.kill(os.getpid(), signal.SIGKILL)

    def connect():
        return connect_writer(death.warehouse_url)

    raw, results, cache = (
        open_object_store(death.object_store_url, bucket) for bucket in (RAW_BUCKET, RESULT_BUCKET, CACHE_BUCKET)
    )
    loader = Loader(raw, Days(connect), open_database(death.database_url), "dying", at=die)
    Deleter(Cleaner(loader, connect), results, cache, settle=timedelta(0)).work()


if __name__ == "__main__":
    main()
