"""What is put is got, whole or in part; over every store."""

import pytest

from tests.warehouse.object_store.conftest import keys
from warehouse.object_store import NotFound


def test_what_was_put_is_got(store):
    store.put("raw/v1/a.zst", b"\x00\xff" * 1000)
    assert store.get("raw/v1/a.zst") == b"\x00\xff" * 1000


def test_an_empty_object_is_an_object(store):
    store.put("empty", b"")
    assert store.get("empty") == b""
    assert store.info("empty").size == 0


def test_a_later_put_replaces_the_object(store):
    store.put("k", b"one")
    store.put("k", b"another")
    assert store.get("k") == b"another"


def test_preparing_the_bucket_again_keeps_its_objects(store):
    store.put("k", b"kept")
    store.ensure_bucket()
    assert store.get("k") == b"kept"


@pytest.mark.parametrize("read", [lambda s: s.get("no"), lambda s: s.get_range("no", 0, 5), lambda s: s.info("no")])
def test_reading_what_is_not_there_says_so(store, read):
    with pytest.raises(NotFound, match="no"):
        read(store)


def test_a_folder_is_not_an_object(store):
    store.put("folder/object", b"")
    with pytest.raises(NotFound):
        store.get("folder")
    with pytest.raises(NotFound):
        store.get("folder/object/deeper")
    store.delete("folder")
    store.delete("folder/object/deeper")
    assert keys(store.list_after()) == ["folder/object"]


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, 3, b"012"),
        (4, 3, b"456"),
        (8, 10, b"89"),
        (10, 5, b""),
        (50, 5, b""),
        (9, 1, b"9"),
        (3, 0, b""),
        (3, -1, b""),
    ],
)
def test_a_range_gives_what_lies_in_it(store, offset, length, expected):
    store.put("k", b"0123456789")
    assert store.get_range("k", offset, length) == expected


@pytest.mark.parametrize("size", [0, 10, (16 << 20) + 1])
def test_a_file_is_stored_as_it_is(store, tmp_path, size):
    file = tmp_path / "file"
    file.write_bytes(b"0123456789abcdef" * (size // 16) + b"x" * (size % 16))
    store.put("k", b"older")
    store.put_file("k", file)
    assert store.get("k") == file.read_bytes()


def test_delete_removes_and_may_be_repeated(store):
    store.put("a/b", b"")
    store.delete("a/b")
    store.delete("a/b")
    assert keys(store.list_after()) == []
