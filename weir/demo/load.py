"""Loads the demo data the way real data come: as raw segments, by the pipelines' loader; and takes it out again.

A note in the raw bucket keeps when the thirty days end, so a load that was interrupted goes on with the same records
under the same keys, and one that was finished is not repeated.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from random import Random
from uuid import UUID

import msgspec
from ulid import ULID

from pipelines.loading.day_lease import DayTaken, LeaseLost
from pipelines.loading.loader import Loader
from warehouse.object_store import NotFound, ObjectStore
from warehouse.rawlog.keys import RAW_PREFIX, day_of, day_prefix
from weir.demo.traffic import DAYS, REQUESTS, Traffic

Progress = Callable[[int, int], None]
"""Told after every day how many of how many requests are loaded; the total is an estimate until the end."""

_WAIT_SECONDS = 0.2


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What was loaded, or is being loaded."""

    until: datetime
    request_count: int = REQUESTS
    days: int = DAYS
    is_complete: bool = False


def load_demo(
    loader: Loader,
    organization_id: UUID,
    now: datetime,
    progress: Progress = lambda done, total: None,
    *,
    request_count: int = REQUESTS,
    days: int = DAYS,
) -> int:
    """Loads the days up to now for the organization; returns how many requests, 0 if it had them before."""
    note = _read_note(loader.store, organization_id)
    if note and note.is_complete:
        return 0
    note = note or Note(until=now, request_count=request_count, days=days)
    _write_note(loader.store, organization_id, note)
    done = 0
    for day, key, data in _segments(organization_id, note):
        loader.store.put_if_absent(key, data)
        done += _load(loader, day, key)
        progress(done, max(done, note.request_count))
    _write_note(loader.store, organization_id, msgspec.structs.replace(note, is_complete=True))
    progress(done, done)
    return done


def delete_demo(loader: Loader, organization_id: UUID) -> int:
    """Takes the organization's demo data out of the raw log and the warehouse; returns how many days it was in."""
    suffix = f"-{_writer(organization_id)}.ndjson.zst"
    keys = [found.key for found in loader.store.list_after(RAW_PREFIX) if found.key.endswith(suffix)]
    for key in keys:
        loader.store.delete(key)
    days = {day_of(key) for key in keys}
    for day in sorted(days):
        loader.remodel(day)
    loader.store.delete(_note_key(organization_id))
    return len(days)


def _segments(organization_id: UUID, note: Note) -> Iterator[tuple[date, str, bytes]]:
    """Yields day, key and content of each segment; another process makes the next one meanwhile."""
    traffic = Traffic(organization_id, note.until.astimezone(UTC), request_count=note.request_count, days=note.days)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as maker:
        dates = traffic.dates()
        for day, data in zip(dates, maker.map(traffic.segment_of, dates), strict=True):
            if data:
                yield day, _key(organization_id, day, note.until), data


def _key(organization_id: UUID, day: date, until: datetime) -> str:
    chance = Random(f"{organization_id} {day} {until}").getrandbits(80)  # noqa: S311 - the same key on every try
    millis = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    ulid = ULID.from_int(millis << 80 | chance)
    return f"{day_prefix(day)}{ulid}-{_writer(organization_id)}.ndjson.zst"


def _writer(organization_id: UUID) -> str:
    return f"demo-{organization_id.hex[-12:]}"


def _load(loader: Loader, day: date, key: str) -> int:
    """Loads and derives the day, after whoever else writes it now."""
    while True:
        try:
            rows = sum(loaded.row_count for loaded in loader.load(day, [key]))
            loader.derive(day)
        except (DayTaken, LeaseLost):
            time.sleep(_WAIT_SECONDS)
        else:
            return rows


def _note_key(organization_id: UUID) -> str:
    return f"demo/v1/{organization_id}.json"


def _read_note(store: ObjectStore, organization_id: UUID) -> Note | None:
    try:
        return msgspec.json.decode(store.get(_note_key(organization_id)), type=Note)
    except NotFound:
        return None


def _write_note(store: ObjectStore, organization_id: UUID, note: Note) -> None:
    store.put(_note_key(organization_id), msgspec.json.encode(note))
