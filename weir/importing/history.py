"""Goes through a history and stores it, day by day.

A day that is over is done once; a run that was killed goes on behind the last segment it stored. A day is over an hour
after midnight: Helicone knows of a call when it ends.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from providers.catalog import Catalog
from warehouse.object_store import ObjectStore
from warehouse.record import Exchange, Feedback, Record, Score
from weir.importing import bodies
from weir.importing.api import HeliconeApi, Page
from weir.importing.bodies import Bodies
from weir.importing.counts import Counts
from weir.importing.note import Note, Notebook, Place
from weir.importing.packing import Packer
from weir.importing.records import records_of
from weir.importing.row import Row

_BODIES_AT_ONCE = 12
_LATE = timedelta(hours=1)
_AGAIN = timedelta(seconds=2)

DayStored = Callable[[date], None]
"""Told when all segments of a day are stored."""
Progress = Callable[[date, Counts], None]


class History:
    """What one import reads, makes and stores."""

    def __init__(
        self,
        store: ObjectStore,
        organization_id: UUID,
        catalog: Catalog,
        *,
        kept_bytes: int,
        stored: DayStored = lambda day: None,
        progress: Progress = lambda day, counts: None,
    ) -> None:
        self.counts = Counts()
        self._store = store
        self._organization_id = organization_id
        self._catalog = catalog
        self._kept_bytes = kept_bytes
        self._stored = stored
        self._progress = progress

    def from_api(self, api: HeliconeApi, notebook: Notebook, since: date, until: date, now: datetime) -> Counts:
        """Stores the days from `since` to `until`; raises ImportFailed, and StoreUnavailable."""
        note = notebook.read()
        with ThreadPoolExecutor(_BODIES_AT_ONCE) as pool:
            for day in _days(since, until):
                if day in note.days:
                    self.counts.days_there += 1
                    continue
                self._day(api, notebook, note, day, pool)
                if _midnight(day) + timedelta(days=1) + _LATE <= now:
                    note.days.add(day)
                note.place = None
                notebook.write(note)
        return self.counts

    def from_files(self, pages: Iterable[Page]) -> Counts:
        """Stores saved pages; raises BadPage, and StoreUnavailable."""
        packers: dict[date, Packer] = {}
        for page in pages:
            self._complain(page)
            for row in page.rows:
                day = row.created_at().date()
                if records := self._records(row, bodies.of_row(row.request_body, row.response_body)):
                    packers.setdefault(day, self._packer(day)).add(records)
                self._progress(day, self.counts)
        for day, packer in sorted(packers.items()):
            packer.store()
            self._stored(day)
        return self.counts

    def _day(self, api: HeliconeApi, notebook: Notebook, note: Note, day: date, pool: ThreadPoolExecutor) -> None:
        packer = self._packer(day)
        start, seen = _midnight(day), dict[UUID, datetime]()
        if note.place is not None and note.place.day == day:
            start, seen = note.place.after, {UUID(id): at for id, at in note.place.seen.items()}
        with closing(api.pages(start, _midnight(day) + timedelta(days=1), seen)) as pages:
            for page in pages:
                self._complain(page)
                for row, found in _with_bodies(api, page.rows, pool):
                    seen[row.request_id] = row.created_at()
                    if (records := self._records(row, found)) and packer.add(records):
                        seen = {id: at for id, at in seen.items() if at >= row.created_at() - _AGAIN}
                        after = max(start, row.created_at() - _AGAIN)
                        note.place = Place(day=day, after=after, seen={str(id): at for id, at in seen.items()})
                        notebook.write(note)
                self._progress(day, self.counts)
        packer.store()
        self._stored(day)

    def _packer(self, day: date) -> Packer:
        return Packer(self._store, self._organization_id, day, self.counts)

    def _records(self, row: Row, found: Bodies) -> list[Record]:
        counts = self.counts
        try:
            records = records_of(row, found, self._organization_id, self._catalog, self._kept_bytes)
        except ValueError as error:
            counts.leave_out("requests that say nothing sensible", f"{row.request_id}: {error}")
            return []
        if row.asset_ids:
            counts.leave_out("pictures, which Helicone keeps apart: the body names them", str(row.request_id))
        if found.request is None and found.response is None:
            counts.leave_out("bodies that Helicone no longer has, or never kept", str(row.request_id))
        counts.requests += sum(isinstance(record, Exchange) for record in records)
        counts.scores += sum(isinstance(record, Score) for record in records)
        counts.feedback += sum(isinstance(record, Feedback) for record in records)
        return records

    def _complain(self, page: Page) -> None:
        for why in page.unreadable:
            self.counts.leave_out("rows that are no requests", why)


def _with_bodies(api: HeliconeApi, rows: list[Row], pool: ThreadPoolExecutor) -> Iterator[tuple[Row, Bodies]]:
    """Yields each row with its bodies; of those that lie elsewhere a few are fetched at once, and few are held."""
    for at in range(0, len(rows), _BODIES_AT_ONCE):
        some = rows[at : at + _BODIES_AT_ONCE]
        yield from zip(some, pool.map(lambda row: _bodies(api, row), some), strict=True)


def _bodies(api: HeliconeApi, row: Row) -> Bodies:
    there = bodies.of_row(row.request_body, row.response_body)
    if not row.signed_body_url or (there.request and there.response):
        return there
    stored = api.stored_bodies(row.signed_body_url)
    try:
        return there if stored is None else bodies.of_stored(stored)
    except ValueError:
        return there


def _days(since: date, until: date) -> Iterator[date]:
    for number in range((until - since).days + 1):
        yield since + timedelta(days=number)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
