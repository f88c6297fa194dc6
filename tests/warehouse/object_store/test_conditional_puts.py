"""Who compares and then puts is never overtaken; over every store."""

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.warehouse.object_store.conftest import keys


def test_put_if_absent_keeps_the_first(store):
    assert store.put_if_absent("k", b"first")
    assert not store.put_if_absent("k", b"second")
    assert store.get("k") == b"first"


def test_conditions_hold_for_large_objects_too(store):
    large = b"x" * (17 << 20)
    assert store.put_if_absent("k", large)
    assert not store.put_if_absent("k", large)
    assert store.put_if_match("k", large + b"y", store.info("k").etag)
    assert store.info("k").size == (17 << 20) + 1


def test_one_of_many_racing_writers_wins(store):
    barrier = threading.Barrier(16)

    def write(number):
        barrier.wait()
        return store.put_if_absent("k", str(number).encode())

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(write, range(16)))
    assert won.count(True) == 1
    assert store.get("k") == str(won.index(True)).encode()


def test_put_if_match_replaces_only_the_version_that_was_read(store):
    store.put("k", b"one")
    read = store.info("k").etag
    store.put("k", b"two")
    assert not store.put_if_match("k", b"three", read)
    assert store.put_if_match("k", b"three", store.info("k").etag)
    assert store.get("k") == b"three"


def test_put_if_match_does_not_bring_back_what_was_deleted(store):
    store.put("k", b"one")
    read = store.info("k").etag
    store.delete("k")
    assert not store.put_if_match("k", b"two", read)
    assert keys(store.list_after()) == []


def test_no_update_is_lost_between_racing_readers_and_writers(store):
    store.put("counter", b"0")

    def add_one(_):
        while True:
            etag = store.info("counter").etag
            value = int(store.get("counter"))
            if store.put_if_match("counter", str(value + 1).encode(), etag):
                return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add_one, range(20)))
    assert store.get("counter") == b"20"


def test_an_etag_names_one_version(store):
    seen = set()
    for content in (b"aaaa", b"bbbb", b"cccc", b"dddd"):
        store.put("k", content)
        seen.add(store.info("k").etag)
        assert [found.etag for found in store.list_after()] == [store.info("k").etag]
    assert len(seen) == 4
