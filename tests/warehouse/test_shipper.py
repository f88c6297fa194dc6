import signal
import subprocess
import sys
import threading
from datetime import date

import pytest

from tests.waiting import until
from warehouse.object_store import StoreUnavailable
from warehouse.object_store.local import LocalStore
from warehouse.rawlog import shipper as shipper_module
from warehouse.rawlog.reader import load_segment
from warehouse.rawlog.segment import compress
from warehouse.rawlog.shipper import Shipper
from warehouse.rawlog.spool import Spool

DAY = date(2026, 11, 21)


class TroubledStore(LocalStore):
    """A directory whose puts fail while `trouble` is set, after having stored the object if `too_late`."""

    trouble: Exception | None = None
    too_late = False

    def put_if_absent(self, key, data):
        if self.trouble and not self.too_late:
            raise self.trouble
        stored = super().put_if_absent(key, data)
        if self.trouble:
            raise self.trouble
        return stored


@pytest.fixture
def store(tmp_path):
    store = TroubledStore(tmp_path / "objects", "request-response-storage")
    store.ensure_bucket()
    return store


@pytest.fixture
def opened(tmp_path, store, monkeypatch):
    """Opens a spool with its shipper, impatient ones."""
    monkeypatch.setattr(shipper_module, "_MOST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(shipper_module, "_LISTEN_SECONDS", 0.01)
    started = []

    def open_shipper(**options):
        spool = Spool(tmp_path / "spool", **({"seal_seconds": 0.01, "min_free_bytes": 0} | options))
        started.append(Shipper(spool, store))
        return spool, started[-1]

    yield open_shipper
    for shipper in started:
        shipper.stop(0)


def shipped_lines(store):
    lines = []
    for found in store.list_after("raw/v1/"):
        loaded = load_segment(store.get(found.key))
        assert loaded.damage == ()
        lines += loaded.ndjson.splitlines()
    return lines


def test_what_is_sealed_gets_into_the_store_and_off_the_disk(store, opened):
    spool, shipper = opened()
    for number in range(10):
        spool.append(b"%d\n" % number, DAY)
    until(lambda: len(shipped_lines(store)) == 10)
    until(lambda: spool.stats().files == 0)
    stats = shipper.stats()
    assert stats.failures == 0
    assert stats.segments >= 1
    assert stats.stored_bytes == sum(info.size for info in store.list_after("raw/"))


def test_stopping_ships_what_is_open(tmp_path, store, opened):
    spool, shipper = opened(seal_seconds=3600)
    spool.append(b"last\n", DAY)
    shipper.stop(20)
    assert shipped_lines(store) == [b"last"]
    assert list((tmp_path / "spool").iterdir()) == []


def test_while_the_store_is_away_files_wait_and_then_ship_once(store, opened):
    spool, shipper = opened()
    store.trouble = StoreUnavailable("503")
    for number in range(5):
        spool.append(b"%d\n" % number, DAY)
        spool.seal()
    until(lambda: shipper.stats().failures > 3)
    assert spool.stats().files == 5
    store.trouble = None
    until(lambda: spool.stats().files == 0)
    assert sorted(shipped_lines(store)) == [b"0", b"1", b"2", b"3", b"4"]


def test_an_object_that_was_stored_although_the_answer_got_lost_is_stored_once(store, opened):
    spool, shipper = opened()
    store.trouble, store.too_late = StoreUnavailable("connection reset"), True
    spool.append(b"once\n", DAY)
    until(lambda: shipper.stats().failures > 1)
    store.trouble = None
    until(lambda: spool.stats().files == 0)
    assert shipped_lines(store) == [b"once"]


def test_a_bucket_that_is_missing_is_waited_for(tmp_path, store, opened):
    (tmp_path / "objects/request-response-storage").rename(tmp_path / "elsewhere")
    spool, shipper = opened()
    spool.append(b"one\n", DAY)
    until(lambda: shipper.stats().failures > 1)
    (tmp_path / "elsewhere").rename(tmp_path / "objects/request-response-storage")
    until(lambda: shipped_lines(store) == [b"one"])


def test_no_surprise_ends_the_thread(store, opened):
    spool, shipper = opened()
    store.trouble = ZeroDivisionError("a bug")
    spool.append(b"one\n", DAY)
    until(lambda: shipper.stats().failures > 1)
    store.trouble = None
    until(lambda: shipped_lines(store) == [b"one"])


def test_a_file_that_cannot_be_shipped_lets_the_others_go_first(store, opened, monkeypatch):
    def refuse_one(ndjson):
        if ndjson == b"bad\n":
            raise MemoryError
        return compress(ndjson)

    monkeypatch.setattr("warehouse.rawlog.shipper.compress", refuse_one)
    spool, _ = opened(seal_seconds=3600)
    for line in (b"bad\n", b"good\n", b"fine\n"):
        spool.append(line, DAY)
        spool.seal()
    until(lambda: sorted(shipped_lines(store)) == [b"fine", b"good"])
    until(lambda: spool.stats().files == 1)


def test_a_file_that_someone_deleted_is_forgotten(store, opened):
    spool, shipper = opened(seal_seconds=3600)
    store.trouble = StoreUnavailable("503")
    spool.append(b"one\n", DAY)
    spool.seal()
    until(lambda: shipper.stats().failures)
    spool.next_sealed(0).path.unlink()
    until(lambda: spool.stats().files == 0)


def test_stopping_does_not_wait_longer_than_it_may(tmp_path, store, opened):
    spool, shipper = opened()
    store.trouble = StoreUnavailable("503")
    spool.append(b"kept\n", DAY)
    shipper.stop(0.05)
    assert not shipper._thread.is_alive()
    store.trouble = None
    opened()
    until(lambda: shipped_lines(store) == [b"kept"])


def test_records_appended_from_a_busy_thread_are_all_shipped_once(store, opened):
    spool, _ = opened(seal_bytes=5000)
    for number in range(20_000):
        spool.append(b"%d\n" % number, DAY)
    until(lambda: spool.stats().files == 0)
    assert sorted(map(int, shipped_lines(store))) == list(range(20_000))


# Killed at any moment

WRITER = """
import os, sys
from datetime import date
from pathlib import Path
from warehouse.object_store.local import LocalStore
from warehouse.rawlog.shipper import Shipper
from warehouse.rawlog.spool import Spool

root, start, dies_after_put = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "dies_after_put"

class Store(LocalStore):
    def put_if_absent(self, key, data):
        stored = super().put_if_absent(key, data)
        if dies_after_put:
            os.kill(os.getpid(), 9)
        return stored

store = Store(root / "objects", "request-response-storage")
store.ensure_bucket()
spool = Spool(root / "spool", seal_seconds=0.02, seal_bytes=20_000)
Shipper(spool, store)
number = start
while True:
    spool.append(b"%d %s\\n" % (number, b"x" * (number % 500)), date(2026, 11, 21))
    os.write(1, b"%d\\n" % number)
    number += 1
"""


def run_writer_until_killed(root, start, acknowledged, mode="runs"):
    """Starts a writer, kills it once it has acknowledged that many lines, and returns the lines it acknowledged."""
    command = [sys.executable, "-c", WRITER, str(root), str(start), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        lines = []
        for line in child.stdout:
            lines.append(line)
            if len(lines) == acknowledged:
                child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    # The pipe may end in half a line, which acknowledges nothing.
    return [int(line) for line in lines if line.endswith(b"\n")]


def test_every_line_acknowledged_before_kill_9_is_shipped_exactly_once(tmp_path, store, opened):
    acknowledged = []
    for run, lines in enumerate((1, 300, 5000, 20_000)):
        acknowledged += run_writer_until_killed(tmp_path, run * 10_000_000, lines)
    spool, _ = opened()
    until(lambda: spool.stats().files == 0)
    numbers = [int(line.split()[0]) for line in shipped_lines(store)]
    assert len(numbers) == len(set(numbers))
    assert set(acknowledged) <= set(numbers)
    # At most the one line each run had written and not yet acknowledged comes on top.
    assert len(numbers) - len(acknowledged) <= 4


def test_killed_between_shipping_and_deleting_nothing_is_shipped_twice(tmp_path, store, opened):
    acknowledged = run_writer_until_killed(tmp_path, 0, 10**9, "dies_after_put")
    in_store = len(shipped_lines(store))
    assert in_store > 0
    spool, _ = opened()
    assert spool.stats().files > 0
    until(lambda: spool.stats().files == 0)
    numbers = [int(line.split()[0]) for line in shipped_lines(store)]
    assert len(numbers) == len(set(numbers))
    assert set(acknowledged) <= set(numbers)


def test_two_gateways_on_one_host_ship_their_own_records(tmp_path, store, opened):
    first, second = (opened()[0] for _ in range(2))

    def append(spool, start):
        for number in range(start, start + 2000):
            spool.append(b"%d\n" % number, DAY)

    threads = [threading.Thread(target=append, args=case) for case in ((first, 0), (second, 2000))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: first.stats().files + second.stats().files == 0)
    assert sorted(map(int, shipped_lines(store))) == list(range(4000))
