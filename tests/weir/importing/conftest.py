from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from providers.catalog import load_catalog
from tests.weir.importing import fake_helicone
from tests.weir.importing.fake_helicone import KEY, FakeHelicone
from warehouse.object_store import ObjectStore, open_object_store
from warehouse.rawlog.keys import RAW_PREFIX
from warehouse.rawlog.segment import lines_of
from warehouse.record import Exchange, Record, decode
from warehouse.settings import RAW_BUCKET
from weir.importing.api import HeliconeApi
from weir.importing.counts import Counts
from weir.importing.history import History
from weir.importing.note import Notebook

ORGANIZATION = UUID("0190b8f2-6d1c-7c3e-9a55-3f1f6c0d2b4a")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Place:
    """A raw log, and imports into it."""

    def __init__(self, directory: Path, helicone: FakeHelicone) -> None:
        self.helicone = helicone
        self.url = (directory / "objects").as_uri()
        self.store: ObjectStore = open_object_store(self.url, RAW_BUCKET)
        self.store.ensure_bucket()
        self.slept: list[float] = []
        self.told: list[str] = []

    def bring(self, since: date, until: date, *, key: str = KEY, url: str | None = None, **more: int) -> Counts:
        api = HeliconeApi(url or self.helicone.url, key, tell=self.told.append, sleep=self.slept.append, **more)
        try:
            notebook = Notebook(self.store, ORGANIZATION, api.url, key)
            return self.history().from_api(api, notebook, since, until, NOW)
        finally:
            api.close()

    def history(self) -> History:
        return History(self.store, ORGANIZATION, load_catalog(), kept_bytes=1 << 20)

    def segments(self) -> list[str]:
        return [found.key for found in self.store.list_after(RAW_PREFIX)]

    def records(self) -> list[Record]:
        """All records, in the order of their segments' keys."""
        import io

        import zstandard

        found: list[Record] = []
        for key in self.segments():
            reader = zstandard.ZstdDecompressor().stream_reader(
                io.BytesIO(self.store.get(key)), read_across_frames=True
            )
            found += [decode(line) for line in lines_of(reader.read())]
        return found

    def exchanges(self) -> list[Exchange]:
        return [record for record in self.records() if isinstance(record, Exchange)]


@pytest.fixture
def helicone() -> Iterator[FakeHelicone]:
    with fake_helicone.running() as fake:
        yield fake


@pytest.fixture
def place(tmp_path: Path, helicone: FakeHelicone) -> Place:
    return Place(tmp_path, helicone)
