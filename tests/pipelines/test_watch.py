import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from ulid import ULID

from control.heartbeats import last
from pipelines.loading.day_lease import day_lease
from pipelines.loading.days import Days
from pipelines.loading.discovery import ALL_EVERY, NEAR_EVERY, Discovery
from pipelines.loading.loader import Loader
from pipelines.loading.watch import HEARTBEAT, Watch
from tests.engine import READY_LINE, WarehouseServer, start_warehouse
from tests.pipelines.conftest import Place
from tests.pipelines.exchanges import line
from tests.waiting import until
from warehouse.clickhouse import connect_writer
from warehouse.object_store import ObjectInfo, ObjectStore, StoreUnavailable
from warehouse.rawlog.keys import day_prefix

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()


class RefusingStore:
    """An object store that can be told to refuse everything."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.refuses = False

    def __getattr__(self, name: str):
        if self.refuses:
            raise StoreUnavailable("refused")
        return getattr(self._store, name)


def watch(place: Place, now: datetime = NOW, **settings) -> Watch:
    loader = place.loader()
    loader.clock = lambda: now
    settings = {"poll_seconds": 0.01, "bridge_seconds": 0} | settings
    return Watch(loader, Discovery(loader.store, loader.days), clock=lambda: now, **settings)


def key_made(at: datetime, day: date | None = None) -> str:
    return f"{day_prefix(day or at.date())}{ULID.from_datetime(at)}-test.ndjson.zst"


def test_a_tick_loads_derives_and_leaves_a_sign_of_life(place):
    place.put_segment(line(NOW, session_id="s"), day=TODAY)
    report = watch(place).tick(0.1)
    assert [each.row_count for each in report.loaded] == [1]
    assert report.derived == {TODAY}
    assert (report.pending, report.outage) == (0, None)
    assert place.count("sessions") == 1
    assert last(place.engine, HEARTBEAT).counts == {"pending_segments": 0}


def test_a_tick_that_finds_nothing_reports_nothing(place):
    report = watch(place).tick(0.05)
    assert (report.loaded, report.days, report.outage) == ([], [], None)


def test_a_second_tick_does_not_work_beside_the_first(place):
    watching = watch(place)
    inner = []
    watching.loader.at = lambda step: inner.append(watching.tick(0)) if step == "read" else None
    place.put_segment(line(NOW), day=TODAY)
    watching.tick(0.05)
    assert inner == [None]


def test_a_stopped_watch_ends_its_tick(place):
    watching = watch(place)
    watching.stop()
    assert watching.tick(60).loaded == []


def test_loading_goes_on_until_the_next_tick_which_reports_it(place):
    watching = watch(place, bridge_seconds=60)
    watching.tick(0.05)
    place.put_segment(line(NOW), day=TODAY)
    until(lambda: watching._bridged.loaded)
    report = watching.tick(0.05)
    assert sum(loaded.row_count for loaded in report.loaded) == 1
    assert watching.tick(0.05).loaded == []
    watching.stop()


def test_loading_ends_behind_the_last_tick(place):
    watching = watch(place, bridge_seconds=0.1)
    watching.tick(0.05)
    until(lambda: not _goes_on())
    place.put_segment(line(NOW), day=TODAY)
    assert place.count() == 0


def test_a_stopped_watch_does_not_go_on_behind_its_tick(place):
    watching = watch(place, bridge_seconds=60)
    watching.tick(0.05)
    assert _goes_on()
    watching.stop()
    until(lambda: not _goes_on())


def _goes_on():
    return any(thread.name == "between ticks" for thread in threading.enumerate())


def test_a_day_is_derived_at_most_every_so_often(place):
    place.put_segment(line(NOW), day=TODAY)
    watching = watch(place, derive_seconds=10)
    derived = []
    watching.loader.at = lambda step: derived.append(step) if step == "derive" else None
    watching.tick(0.05)
    place.put_segment(line(NOW), day=TODAY)
    watching.tick(0.05)
    assert len(derived) == 1
    watching._clock = lambda: NOW + timedelta(seconds=10)
    watching.tick(0.05)
    assert len(derived) == 2
    assert place.ask("select sum(request_count) from usage_hourly") == [(2,)]


def test_days_that_an_earlier_process_left_underived_are_derived(place):
    key = place.put_segment(line(NOW), day=TODAY)
    list(place.loader().load(TODAY, [key]))
    assert watch(place).tick(0.05).derived == {TODAY}


def test_a_day_that_another_writes_waits_and_the_others_do_not(place):
    yesterday = NOW - timedelta(days=1)
    place.put_segment(line(NOW), day=TODAY)
    place.put_segment(line(yesterday), day=yesterday.date())
    watching = watch(place)
    with day_lease(place.engine, TODAY, "another"):
        report = watching.tick(0.05)
        assert report.days == [yesterday.date()]
        assert report.pending == 1
    assert watching.tick(0.05).days == [TODAY]


def test_an_object_store_that_refuses_delays_and_loses_nothing(place):
    place.put_segment(line(NOW), day=TODAY)
    watching = watch(place)
    refusing = RefusingStore(place.store)
    watching.loader.store = refusing
    watching.discovery._store = refusing
    refusing.refuses = True
    report = watching.tick(0.05)
    assert (report.loaded, report.outage) == ([], "refused")
    refusing.refuses = False
    report = watching.tick(0.05)
    assert (len(report.loaded), report.outage) == (1, None)


def test_a_store_that_refuses_in_the_middle_of_a_batch_loses_nothing(place):
    for _ in range(3):
        place.put_segment(line(NOW), day=TODAY)
    watching = watch(place)
    refusing = RefusingStore(place.store)
    watching.loader.store = refusing
    reads = iter(range(10))

    def refuse_the_second(step: str) -> None:
        if step == "read":
            refusing.refuses = next(reads) == 1

    watching.loader.at = refuse_the_second
    report = watching.tick(3)
    assert len(report.loaded) + report.pending == 3
    watching.tick(3)
    assert place.ask("select count(), uniqExact(request_id) from requests") == [(3, 3)]


def start_again(server: WarehouseServer) -> WarehouseServer:
    """Starts a killed server over its data, with its port and passwords."""
    environment = {
        **os.environ,
        "WEIR_DATA_DIR": str(server.data_dir),
        "WEIR_WAREHOUSE_PORT": str(server.port),
        "WEIR_WAREHOUSE_URL": server.writer_url,
        "WEIR_WAREHOUSE_READER_URL": server.reader_url,
    }
    command = [sys.executable, "-m", "warehouse.embedded"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert READY_LINE in process.stdout.readline()
    return replace(server, process=process)


def test_a_warehouse_that_was_killed_has_every_row_afterwards(place, tmp_path):
    server = start_warehouse(tmp_path / "other")
    try:
        days = Days(lambda: connect_writer(server.writer_url, 5))
        loader = Loader(place.store, days, place.engine, "test", clock=lambda: NOW)
        watching = Watch(loader, Discovery(place.store, days), poll_seconds=0.01, bridge_seconds=0, clock=lambda: NOW)
        place.put_segment(line(NOW), day=TODAY)
        assert len(watching.tick(0.05).loaded) == 1
        server.kill()
        place.put_segment(line(NOW), day=TODAY)
        assert watching.tick(0.05).outage
        server = start_again(server)
        report = watching.tick(0.05)
        assert (len(report.loaded), report.outage) == (1, None)
        rows = connect_writer(server.writer_url).query("select count(), uniqExact(request_id) from requests")
        assert rows.result_rows == [(2, 2)]
    finally:
        server.stop()


class CountingStore:
    """Remembers what was listed."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.listed: list[tuple[str, str]] = []

    def list_after(self, prefix: str = "", after: str = "") -> Iterator[ObjectInfo]:
        self.listed.append((prefix, after))
        return self._store.list_after(prefix, after)


def test_a_poll_after_the_first_lists_only_the_last_minutes(place):
    store = CountingStore(place.store)
    discovery = Discovery(store, place.days)
    discovery.poll(NOW)
    discovery.poll(NOW)
    store.listed.clear()
    new = place.put_segment(line(NOW), day=TODAY, key=key_made(NOW))
    assert discovery.poll(NOW + timedelta(seconds=1)) == {new}
    assert [prefix for prefix, after in store.listed if after] == [day_prefix(TODAY)]
    discovery.loaded([new])
    assert discovery.poll(NOW + timedelta(seconds=2)) == frozenset()


@pytest.mark.parametrize(
    ("made_before", "day_before", "wait"),
    [
        (timedelta(minutes=30), 0, NEAR_EVERY),
        (timedelta(hours=20), 1, NEAR_EVERY),
        (timedelta(days=9), 9, ALL_EVERY),
    ],
)
def test_a_segment_that_is_shipped_late_is_found_in_time(place, made_before, day_before, wait):
    discovery = Discovery(place.store, place.days)
    discovery.poll(NOW)
    discovery.poll(NOW)
    day = TODAY - timedelta(days=day_before)
    late = place.put_segment(line(NOW - timedelta(days=day_before)), day=day, key=key_made(NOW - made_before, day))
    assert discovery.poll(NOW + timedelta(seconds=1)) == frozenset()
    discovery.poll(NOW + wait)
    assert late in discovery.poll(NOW + wait)


def test_records_of_yesterday_are_found_after_midnight(place):
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    discovery = Discovery(place.store, place.days)
    discovery.poll(midnight)
    discovery.poll(midnight)
    after = midnight + timedelta(minutes=20)
    discovery.poll(after - timedelta(seconds=1))
    yesterday = (midnight - timedelta(days=1)).date()
    ended_late = place.put_segment(line(midnight - timedelta(minutes=1)), day=yesterday, key=key_made(after, yesterday))
    assert ended_late in discovery.poll(after)


def test_what_is_no_segment_is_ignored(place):
    place.store.put("raw/v1/README", b"hello")
    place.store.put("raw/v1/dt=2026-11-20/deep/er.ndjson.zst", b"hello")
    discovery = Discovery(place.store, place.days)
    assert discovery.poll(NOW) | discovery.poll(NOW) == frozenset()
