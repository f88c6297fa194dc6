"""What only the directory does."""

import subprocess
import sys
from uuid import uuid4

import pytest

from tests.warehouse.object_store.conftest import BUCKET, keys
from warehouse.object_store import InvalidKey, StoreUnavailable, open_object_store
from warehouse.object_store.local import LocalStore


def test_a_directory_has_no_web_address(tmp_path):
    store = open_object_store(tmp_path.as_uri(), BUCKET)
    assert store.presigned_url(f"{uuid4()}/export.csv", 60) is None


def test_a_directory_url_may_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = open_object_store("file://.weir/objects", BUCKET)
    store.ensure_bucket()
    store.put("k", b"here")
    assert (tmp_path / ".weir/objects" / BUCKET / "k").read_bytes() == b"here"


def test_an_object_cannot_be_a_folder_of_others_in_a_directory(tmp_path):
    store = open_object_store(tmp_path.as_uri(), BUCKET)
    store.ensure_bucket()
    store.put("a", b"")
    with pytest.raises(InvalidKey, match="object already"):
        store.put("a/b", b"")
    store.put("c/d", b"")
    with pytest.raises(InvalidKey, match="folder"):
        store.put("c", b"")


def test_a_put_that_fails_leaves_the_old_object_and_nothing_beside_it(tmp_path, monkeypatch):
    store = open_object_store(tmp_path.as_uri(), BUCKET)
    store.ensure_bucket()
    store.put("k", b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        store.put("k", b"new")
    monkeypatch.undo()
    assert store.get("k") == b"old"
    assert list((tmp_path / ".staging").iterdir()) == []


def test_a_listing_opens_no_folder_that_cannot_matter(tmp_path, monkeypatch):
    store = open_object_store(tmp_path.as_uri(), BUCKET)
    store.ensure_bucket()
    for day in range(1, 10):
        store.put(f"raw/v1/dt=2026-11-0{day}/a", b"")
    opened = []
    walk = LocalStore._walk

    def counted(self, folder, *more):
        opened.append(folder)
        return walk(self, folder, *more)

    monkeypatch.setattr(LocalStore, "_walk", counted)
    found = keys(store.list_after("raw/v1/", "raw/v1/dt=2026-11-07/a"))
    assert found == ["raw/v1/dt=2026-11-08/a", "raw/v1/dt=2026-11-09/a"]
    assert opened == ["raw/v1/", *(f"raw/v1/dt=2026-11-0{day}/" for day in (7, 8, 9))]


_PUT_WITH_A_LIMIT = """
import resource, sys
from warehouse.object_store import StoreUnavailable, open_object_store

store = open_object_store(sys.argv[1], sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    store.put("k", b"x" * 200_000)
except StoreUnavailable as error:
    print(error)
"""


def test_a_write_that_the_system_cuts_short_is_no_object(tmp_path):
    store = open_object_store(tmp_path.as_uri(), BUCKET)
    store.ensure_bucket()
    store.put("k", b"old")
    command = [sys.executable, "-c", _PUT_WITH_A_LIMIT, tmp_path.as_uri(), BUCKET]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "File too large" in said
    assert store.get("k") == b"old"
    assert list((tmp_path / ".staging").iterdir()) == []
