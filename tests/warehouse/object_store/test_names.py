"""Which keys, buckets and URLs there are, and what is refused; over every store."""

import pytest

from tests.warehouse.object_store.conftest import BUCKET, keys
from warehouse.object_store import InvalidKey, StoreUnavailable, open_object_store

ORGANIZATION = "0190d0f2-5a00-7000-8000-000000000001"


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../other/secret", "a/../../b", "a//b", "a/", "./a", "a\x00b", "a\nb", "a\\b", "x" * 1025],
)
def test_a_key_that_leads_out_of_the_bucket_or_is_no_name_is_refused(store, key):
    for use in (store.get, store.delete, store.info, lambda key: store.put(key, b"")):
        with pytest.raises(InvalidKey):
            use(key)


def test_two_buckets_share_nothing(url):
    first, second = (open_object_store(url, name) for name in ("hql-store", "response-cache"))
    first.ensure_bucket()
    second.ensure_bucket()
    first.put("k", b"1")
    assert keys(second.list_after()) == []


def test_a_missing_bucket_is_the_operators_problem_and_not_a_missing_object(url):
    store = open_object_store(url, "never-created")
    for use in (
        lambda: store.put("k", b""),
        lambda: store.put_if_absent("k", b""),
        lambda: store.get("k"),
        lambda: list(store.list_after()),
    ):
        with pytest.raises(StoreUnavailable):
            use()


@pytest.mark.parametrize("bucket", ["", "a", "../up", "Upper", "a/b", ".hidden", "x" * 64])
def test_a_bucket_has_a_name_every_store_accepts(url, bucket):
    with pytest.raises(ValueError, match="bucket"):
        open_object_store("file:///tmp/never-made", bucket)


@pytest.mark.parametrize("bad", ["", "/some/path", "http://host", "gs://bucket"])
def test_an_unknown_kind_of_store_is_refused_with_the_kinds_there_are(bad):
    with pytest.raises(ValueError, match="file:// or s3://"):
        open_object_store(bad, BUCKET)


@pytest.mark.parametrize("key", ["raw/v1/dt=2026-11-02/a", "demo/v1/note.json", ORGANIZATION, f"raw/{ORGANIZATION}/a"])
def test_no_address_is_made_for_what_may_hold_several_organizations_records(store, key):
    with pytest.raises(InvalidKey, match="organization's id"):
        store.presigned_url(key, 60)
