import os
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.waiting import until
from warehouse.object_store.local import LocalStore
from warehouse.rawlog import shipper as shipper_module
from warehouse.rawlog.shipper import Shipper
from warehouse.rawlog.signs import PREFIX, give_sign, not_shipped, take_sign_away
from warehouse.rawlog.spool import Spool

NOW = datetime.now(UTC)


@pytest.fixture
def store(tmp_path) -> LocalStore:
    store = LocalStore(tmp_path / "objects", "request-response-storage")
    store.ensure_bucket()
    return store


def signs(store) -> list[str]:
    return [found.key.removeprefix(PREFIX) for found in store.list_after(PREFIX)]


def test_writers_hold_up_what_waits_for_them_until_they_have_shipped(store):
    assert not_shipped(store, NOW, NOW) == []
    give_sign(store, "a", NOW)
    give_sign(store, "b", NOW - timedelta(seconds=5))
    assert not_shipped(store, NOW, NOW) == ["a", "b"]
    give_sign(store, "a", NOW + timedelta(seconds=1))
    assert not_shipped(store, NOW, NOW) == ["b"]
    take_sign_away(store, "b")
    assert not_shipped(store, NOW, NOW) == []


def test_a_sign_that_cannot_be_read_is_waited_for(store):
    store.put(PREFIX + "a", b"soon")
    assert not_shipped(store, NOW, NOW) == ["a"]


def test_a_disk_that_nobody_hears_of_for_a_day_is_given_up(store):
    give_sign(store, "lost", NOW)
    assert not_shipped(store, NOW, NOW + timedelta(hours=23)) == ["lost"]
    assert not_shipped(store, NOW, NOW + timedelta(hours=25)) == []


def test_a_shipper_tells_how_far_it_is_until_it_has_shipped_all(tmp_path, store, monkeypatch):
    monkeypatch.setattr(shipper_module, "SIGN_SECONDS", 0.0)
    monkeypatch.setattr(shipper_module, "_SIGN_MARGIN_SECONDS", 0.0)
    spool = Spool(tmp_path / "spool", "own", seal_seconds=0.05)
    shipper = Shipper(spool, store)
    until(lambda: signs(store) == ["own"])
    spool.append(b"{}\n", date(2026, 11, 3))
    asked_at = datetime.now(UTC)
    until(lambda: not_shipped(store, asked_at, NOW) == [])
    assert len(list(store.list_after("raw/"))) == 1
    shipper.stop(5)
    assert signs(store) == []


def test_the_sign_of_a_writer_that_died_goes_when_its_files_are_shipped(tmp_path, store, monkeypatch):
    monkeypatch.setattr(shipper_module, "SIGN_SECONDS", 0.0)
    left = tmp_path / "spool" / "dead" / "dt=2026-11-03"
    left.mkdir(parents=True)
    (left / "01K9400000000000000000000A-dead.ndjson").write_bytes(b"{}\n")
    (tmp_path / "spool" / "empty").mkdir()
    os.utime(left / "01K9400000000000000000000A-dead.ndjson", (1, 1))
    for writer in ("dead", "empty", "elsewhere"):
        give_sign(store, writer, NOW - timedelta(hours=1))
    shipper = Shipper(Spool(tmp_path / "spool", "own"), store)
    until(lambda: signs(store) == ["elsewhere", "own"])
    assert len(list(store.list_after("raw/"))) == 1
    shipper.stop(5)
    assert signs(store) == ["elsewhere"]
