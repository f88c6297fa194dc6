"""What only a service that checks its callers can show, and what takes long: `make test-radosgw`."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import uuid4

import pytest

from tests.waiting import until
from tests.warehouse.object_store.conftest import BUCKET, keys
from warehouse.object_store import NotFound, StoreUnavailable, open_object_store, s3_address
from warehouse.object_store.s3 import S3Store

pytestmark = pytest.mark.radosgw

EXPORT = f"{uuid4()}/exports/{uuid4()}.csv"

_PUT_LARGE = """
import resource, sys
from pathlib import Path
from warehouse.object_store import open_object_store

store = open_object_store(sys.argv[1], sys.argv[2])
store.put("small", b"x")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store.put_file("large", Path(sys.argv[3]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.fixture
def bucket(radosgw_url):
    store = open_object_store(radosgw_url, BUCKET)
    store.ensure_bucket()
    assert isinstance(store, S3Store)
    return store


@pytest.mark.parametrize("wrong", ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"])
def test_wrong_credentials_are_the_operators_problem(bucket, radosgw_url, monkeypatch, wrong):
    bucket.put("k", b"secret")
    monkeypatch.setenv(wrong, "wrong")
    s3_address._client.cache_clear()
    stranger = open_object_store(radosgw_url, BUCKET)
    for use in (
        lambda: stranger.get("k"),
        lambda: stranger.put("k", b"changed"),
        lambda: stranger.put_if_absent("new", b""),
        lambda: stranger.delete("k"),
        lambda: list(stranger.list_after()),
        stranger.ensure_bucket,
    ):
        with pytest.raises(StoreUnavailable, match=r"InvalidAccessKeyId|SignatureDoesNotMatch|403"):
            use()
    s3_address._client.cache_clear()
    assert bucket.get("k") == b"secret"
    assert keys(bucket.list_after()) == ["k"]


def test_an_address_ends_and_cannot_be_changed_for_another_object(bucket):
    other = f"{uuid4()}/exports/other.csv"
    bucket.put(EXPORT, b"ours")
    bucket.put(other, b"theirs")
    address, short = bucket.presigned_url(EXPORT, 60), bucket.presigned_url(EXPORT, 1)
    assert urlopen(address).read() == b"ours"
    assert _refusal(address.replace(EXPORT, other)) == 403
    assert _refusal(address.replace("X-Amz-Expires=60", "X-Amz-Expires=3600")) == 403
    assert _refusal(address.partition("?")[0]) == 403
    until(lambda: _refusal(short) == 403)


def test_of_many_racing_writers_of_many_keys_exactly_one_wins_each(bucket):
    writers, names = 32, [f"k{number}" for number in range(20)]
    barrier = threading.Barrier(writers)

    def write(number):
        barrier.wait()
        return {name for name in names if bucket.put_if_absent(name, f"{name} {number}".encode())}

    with ThreadPoolExecutor(writers) as pool:
        won = list(pool.map(write, range(writers)))
    for name in names:
        [winner] = [number for number, of in enumerate(won) if name in of]
        assert bucket.get(name) == f"{name} {winner}".encode()


def test_of_racing_replacements_of_one_version_exactly_one_wins(bucket):
    for round_ in range(10):
        bucket.put("k", f"round {round_}".encode())
        etag = bucket.info("k").etag
        barrier = threading.Barrier(8)

        def replace(number, etag=etag, barrier=barrier):
            barrier.wait()
            return bucket.put_if_match("k", f"writer {number}".encode(), etag)

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(replace, range(8)))
        assert won.count(True) == 1
        assert bucket.get("k") == f"writer {won.index(True)}".encode()


def test_racing_large_puts_leave_one_whole_object(bucket):
    contents = [bytes([65 + number]) * (11 << 20) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(lambda content: bucket.put_if_absent("large", content), contents))
    assert won.count(True) == 1
    assert bucket.get("large") == contents[won.index(True)]


def test_a_listing_of_several_pages_is_in_order_and_starts_anywhere(bucket):
    names = sorted(f"raw/v1/dt=2026-11-{1 + number % 3:02}/{number:05}" for number in range(2300))
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: bucket.put(name, b"x"), names))
    assert keys(bucket.list_after("raw/")) == names
    assert keys(bucket.list_after("raw/", names[1150])) == names[1151:]


def test_a_large_file_takes_little_memory(bucket, radosgw_url, tmp_path):
    file = tmp_path / "large"
    with file.open("wb") as made:
        made.truncate(320 << 20)
    grown = subprocess.run(
        [sys.executable, "-c", _PUT_LARGE, radosgw_url, BUCKET, str(file)], check=True, capture_output=True, text=True
    ).stdout
    assert bucket.info("large").size == 320 << 20
    assert int(grown) << 10 < 120 << 20


def test_a_disk_that_is_full_keeps_the_old_object_and_nothing_beside_it(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "weir-test", str(disk)], check=True)
    try:
        store = open_object_store(disk.as_uri(), BUCKET)
        store.ensure_bucket()
        store.put("k", b"old")
        for use in (store.put, store.put_if_absent):
            with pytest.raises(StoreUnavailable, match="No space left"):
                use("new" if use == store.put_if_absent else "k", b"x" * (2 << 20))
        assert store.get("k") == b"old"
        with pytest.raises(NotFound):
            store.get("new")
        assert list((disk / ".staging").iterdir()) == []
        store.put("k", b"newer")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _refusal(address):
    try:
        urlopen(address).close()
    except HTTPError as error:
        with error:
            return error.code
    return None
