"""A loader that is killed right before a step: `python -m tests.pipelines.dying_loader <args as JSON>`."""

import json
import os
import signal
import sys
from collections import Counter
from datetime import date

from control.database import open_database
from pipelines.days import Days
from pipelines.loader import Loader
from warehouse.clickhouse import connect_writer
from warehouse.object_store import open_object_store
from warehouse.rawlog.keys import day_prefix
from warehouse.settings import RAW_BUCKET


def main() -> None:
    given = json.loads(sys.argv[1])
    taken: Counter[str] = Counter()

    def die(step: str) -> None:
        taken[step] += 1
        if f"{step} {taken[step]}" == given["step"]:
            os.kill(os.getpid(), signal.SIGKILL)

    store = open_object_store(given["object_store_url"], RAW_BUCKET)
    days = Days(lambda: connect_writer(given["warehouse_url"]))
    loader = Loader(store, days, open_database(given["database_url"]), "dying", at=die)
    day = date.fromisoformat(given["day"])
    if given["verb"] == "remodel":
        loader.remodel(day)
    else:
        list(loader.load(day, [found.key for found in store.list_after(day_prefix(day))]))
        loader.derive(day)


if __name__ == "__main__":
    main()
