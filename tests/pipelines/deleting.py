"""What tests of deletion and retention have in common: all stores of an installation, and who deletes from them."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.engine import Engine

from control import deletions, organizations
from control.deletions import Deletion, Subject
from pipelines.deletion.clean_day import Cleaner
from pipelines.deletion.deletion import Deleter
from pipelines.deletion.retention import Retainer
from tests.pipelines.conftest import Place
from tests.pipelines.exchanges import ORGANIZATION
from warehouse.object_store import ObjectStore, open_object_store
from warehouse.rawlog.segment import read_line
from warehouse.settings import CACHE_BUCKET, RESULT_BUCKET

OTHERS = UUID("0193b3c0-0000-7000-8000-00000000000b")
USER = "someone@example.com"


@dataclass(frozen=True)
class Stores:
    """The place and the buckets beside the raw log."""

    place: Place
    results: ObjectStore
    cache: ObjectStore

    @property
    def engine(self) -> Engine:
        return self.place.engine

    def deleter(self, at: Callable[[str], None] = lambda step: None) -> Deleter:
        cleaner = Cleaner(self.place.loader("deleter", at), lambda: self.place.client)
        return Deleter(cleaner, self.results, self.cache, settle=timedelta(0), sleep=lambda seconds: None)

    def retainer(self, today: datetime) -> Retainer:
        loader = replace(self.place.loader("retainer"), clock=lambda: today)
        return Retainer(Cleaner(loader, lambda: self.place.client), self.results, self.cache)

    def ask(self, *, asked_at: datetime | None = None, **subject: object) -> Deletion:
        asked = Subject(**subject)  # type: ignore[arg-type]
        return deletions.ask(self.engine, ORGANIZATION, asked, by="ada", now=asked_at)

    def load(self) -> None:
        """Loads everything that landed, and derives."""
        loader = self.place.loader()
        keys = [found.key for found in self.place.store.list_after("raw/")]
        for day in sorted({key.split("dt=")[1][:10] for key in keys}):
            list(loader.load(datetime.fromisoformat(day).date(), [key for key in keys if f"dt={day}" in key]))
        for stale in self.place.days.stale_days():
            loader.derive(stale)

    def delete_everything_asked(self, most_rounds: int = 60) -> list[Deletion]:
        """Works until nothing is due any more, as the sensor has it done."""
        for _ in range(most_rounds):
            with self.engine.begin() as connection:
                connection.exec_driver_sql("update deletions set next_at = null")
            self.deleter().work()
            asked = deletions.in_organization(self.engine, ORGANIZATION)
            if all(each.state == "done" for each in asked):
                return asked
            time.sleep(0.05)
        raise AssertionError(f"not done: {asked}")

    def bodies(self) -> dict[str, str]:
        """The request body of every row, read from where the row says it is."""
        rows = self.place.ask(
            "select toString(request_id), segment, frame_offset, frame_length, frame_line from requests"
        )
        return {row[0]: json.loads(read_line(self.place.store, *row[1:]))["request_body"] for row in rows}


def open_stores(place: Place) -> Stores:
    results, cache = (
        open_object_store((place.directory / "objects").as_uri(), bucket) for bucket in (RESULT_BUCKET, CACHE_BUCKET)
    )
    results.ensure_bucket()
    cache.ensure_bucket()
    for organization_id, name in ((ORGANIZATION, "Acme"), (OTHERS, "Others")):
        organizations.create(place.engine, name, organization_id=organization_id)
    return Stores(place, results, cache)
