"""A service that refuses, is silent, loses answers or breaks off: what is tried again, and what is said in the end."""

import pytest

from tests.warehouse.object_store.conftest import BUCKET, keys, s3_url
from tests.warehouse.object_store.faulty_proxy import in_front_of
from warehouse.object_store import StoreUnavailable, open_object_store
from warehouse.object_store.s3 import S3Store


@pytest.fixture
def proxy_and_store(moto_endpoint, credentials, prefix, monkeypatch):
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)
    with in_front_of(moto_endpoint) as (proxy, address):
        store = open_object_store(s3_url(address, prefix, timeout_seconds=1), BUCKET)
        store.ensure_bucket()
        store.put("k", b"0123456789" * 1000)
        proxy.seen.clear()
        yield proxy, store


@pytest.mark.parametrize("fault", ["refused", "lost", "cut", "slow"])
def test_what_fails_once_is_tried_again(proxy_and_store, fault):
    proxy, store = proxy_and_store
    uses = (
        lambda: store.get("k"),
        lambda: store.put("k", b"new" * 1000),
        lambda: store.get_range("k", 5, 100),
        lambda: keys(store.list_after()),
        lambda: store.delete("gone"),
    )
    for use in uses[:2] if fault == "slow" else uses:
        expected = use()
        proxy.seen.clear()
        proxy.faults.append(fault)
        assert use() == expected
        if fault != "cut":  # half of an empty answer is an empty answer
            assert len(proxy.seen) >= 2
    assert store.get("k") == b"new" * 1000


@pytest.mark.parametrize("fault", ["refused", "lost", "cut"])
def test_what_keeps_failing_is_unavailable_after_four_tries(proxy_and_store, fault):
    proxy, store = proxy_and_store
    proxy.always = fault
    with pytest.raises(StoreUnavailable, match=BUCKET):
        store.get("k")
    assert proxy.seen == ["GET"] * 4


def test_of_two_tries_of_one_put_if_absent_the_second_finds_the_key_taken(proxy_and_store):
    proxy, store = proxy_and_store
    proxy.faults.append("lost")
    assert not store.put_if_absent("new", b"ours")
    assert store.get("new") == b"ours"


def test_put_if_absent_never_says_taken_of_a_key_that_is_not(proxy_and_store):
    proxy, store = proxy_and_store
    proxy.always = "refused"
    with pytest.raises(StoreUnavailable):
        store.put_if_absent("new", b"ours")
    proxy.always = None
    assert store.put_if_absent("new", b"ours")


@pytest.mark.parametrize("fault", ["refused", "lost"])
def test_a_part_that_fails_once_goes_up_again(proxy_and_store, tmp_path, fault):
    proxy, store = proxy_and_store
    file = _in_parts(store, tmp_path)
    proxy.faults.extend(["no trouble", fault])
    store.put_file("big", file)
    assert store.get("big") == file.read_bytes()


def test_an_upload_whose_parts_keep_failing_leaves_the_old_object_and_no_parts(proxy_and_store, tmp_path):
    proxy, store = proxy_and_store
    store.put("big", b"old")
    file = _in_parts(store, tmp_path)
    proxy.faults.extend(["no trouble", "no trouble", *["refused"] * 4])
    with pytest.raises(StoreUnavailable):
        store.put_file("big", file)
    assert store.get("big") == b"old"
    assert "Uploads" not in store._client.list_multipart_uploads(Bucket=store._bucket)


def _in_parts(store, tmp_path):
    assert isinstance(store, S3Store)
    store._part_bytes = 5 << 20
    file = tmp_path / "file"
    file.write_bytes(bytes(range(256)) * (12 << 12))
    return file
