"""Listings, whose order finds new segments; over every store."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.object_store.conftest import keys
from warehouse.object_store.local import LocalStore


def test_a_listing_has_the_byte_order_of_keys(store):
    names = ["a/b", "a-b", "a.b", "a0", "a/b.c/d", "a/b-c", "A", "a/é", "a/z", "b", "a-c/d", "a/b0/x"]
    for name in names:
        store.put(name, name.encode())
    listing = list(store.list_after())
    assert keys(listing) == sorted(names, key=str.encode)
    assert [found.size for found in listing] == [len(found.key.encode()) for found in listing]


def test_a_listing_starts_after_a_key_that_need_not_exist(store):
    for name in ("d/1", "d/2", "d/3", "e/1"):
        store.put(name, b"")
    assert keys(store.list_after("", "d/2")) == ["d/3", "e/1"]
    assert keys(store.list_after("d/", "d/1zzz")) == ["d/2", "d/3"]
    assert keys(store.list_after("d/", "d/3")) == []
    assert keys(store.list_after("e/", "d/3")) == ["e/1"]
    assert keys(store.list_after("", "d")) == ["d/1", "d/2", "d/3", "e/1"]


def test_a_prefix_may_end_inside_a_name(store):
    for name in ("raw/v1/dt=2026-11-02/a", "raw/v1/dt=2026-11-03/a", "raw/v1/dt=2026-12-01/a", "raw/v1x"):
        store.put(name, b"")
    assert keys(store.list_after("raw/v1/dt=2026-11-")) == ["raw/v1/dt=2026-11-02/a", "raw/v1/dt=2026-11-03/a"]
    assert keys(store.list_after("raw/v1x")) == ["raw/v1x"]
    assert keys(store.list_after("none/")) == []


NAMES = st.text("ab0-./é", min_size=1, max_size=3).filter(lambda name: "/" not in name and name.strip("."))
KEYS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(stored=st.sets(KEYS, max_size=8), prefix=st.one_of(st.just(""), KEYS), after=st.one_of(st.just(""), KEYS))
def test_a_listing_is_what_was_stored_filtered_and_sorted(store, stored, prefix, after):
    stored = {key for key in stored if not any(other.startswith(key + "/") for other in stored)}
    for found in list(store.list_after()):
        store.delete(found.key)
    _remove_empty_folders(store)
    for key in stored:
        store.put(key, b"")
    expected = [key for key in sorted(stored, key=str.encode) if key.startswith(prefix) and key > after]
    assert keys(store.list_after(prefix, after)) == expected


def _remove_empty_folders(store):
    """A folder that was emptied still blocks an object of its name, in the directory only."""
    if isinstance(store, LocalStore):
        for folder in sorted(store._bucket.rglob("*"), reverse=True):
            folder.rmdir()
