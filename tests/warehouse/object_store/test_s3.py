"""What only S3 does."""

from datetime import timedelta
from urllib.request import urlopen
from uuid import uuid4

import pytest

from tests.warehouse.object_store.conftest import BUCKET
from warehouse.object_store import StoreUnavailable, open_object_store
from warehouse.object_store.s3 import S3Store
from warehouse.object_store.s3_address import S3Address
from warehouse.object_store.s3_upload import take_back_abandoned

EXPORT = f"{uuid4()}/exports/{uuid4()}.csv"


def test_a_large_file_goes_up_in_parts(service_url, tmp_path):
    store = open_object_store(service_url, BUCKET)
    store.ensure_bucket()
    assert isinstance(store, S3Store)
    store._part_bytes = 5 << 20
    file = tmp_path / "file"
    file.write_bytes(data := bytes(range(256)) * (12 << 12))
    store.put_file("large", file)
    assert "-3" in store.info("large").etag  # how services name the version of an object in three parts
    assert store.get("large") == data
    assert store.get_range("large", (5 << 20) - 2, 4) == data[(5 << 20) - 2 : (5 << 20) + 2]
    assert "Uploads" not in store._client.list_multipart_uploads(Bucket=store._bucket)


def test_a_presigned_address_gives_the_object_to_whoever_has_it(service_url):
    store = open_object_store(service_url, BUCKET)
    store.ensure_bucket()
    store.put(EXPORT, b"a,b\n")
    address = store.presigned_url(EXPORT, 60)
    assert address is not None
    with urlopen(address) as answer:
        assert answer.read() == b"a,b\n"


def test_a_presigned_address_has_the_host_that_browsers_reach(credentials):
    url = "s3://?endpoint=http://seaweedfs:8333&path_style=true&public_endpoint=https://files.example.com"
    address = open_object_store(url, BUCKET).presigned_url(EXPORT, 60)
    assert address is not None
    assert address.startswith(f"https://files.example.com/{BUCKET}/{EXPORT}?")


def test_encryption_is_asked_for_when_it_is_set(moto_url):
    store = open_object_store(f"{moto_url}&sse=AES256", BUCKET)
    store.ensure_bucket()
    store.put("k", b"")
    assert isinstance(store, S3Store)
    assert store._client.head_object(Bucket=store._bucket, Key="k")["ServerSideEncryption"] == "AES256"


def test_a_store_that_does_not_answer_is_unavailable(credentials):
    store = open_object_store("s3://?endpoint=http://127.0.0.1:9&path_style=true", BUCKET)
    with pytest.raises(StoreUnavailable, match=BUCKET):
        store.get("k")


def test_an_unknown_option_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown option `pathstyle`.*path_style"):
        S3Address.parse("s3://?pathstyle=true")


def test_a_bucket_in_the_url_is_refused():
    with pytest.raises(ValueError, match="buckets are named by us"):
        S3Address.parse("s3://mine?region=eu-west-1")


def test_the_bucket_stands_in_the_host_name_unless_the_path_is_asked_for(credentials):
    plain, in_path = (
        open_object_store(f"s3://?endpoint=https://s3.example.com{style}", BUCKET).presigned_url(EXPORT, 60) or ""
        for style in ("", "&path_style=true")
    )
    assert plain.startswith(f"https://{BUCKET}.s3.example.com/{EXPORT}?")
    assert in_path.startswith(f"https://s3.example.com/{BUCKET}/{EXPORT}?")


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "nan", "7200"])
def test_a_timeout_is_a_number_of_seconds(seconds):
    with pytest.raises(ValueError, match=f"timeout_seconds `{seconds}` must be a number"):
        S3Address.parse(f"s3://?timeout_seconds={seconds}")


def test_uploads_that_nobody_completed_are_taken_back_when_a_process_starts(service_url):
    store = open_object_store(service_url, BUCKET)
    store.ensure_bucket()
    assert isinstance(store, S3Store)
    store._client.create_multipart_upload(Bucket=store._bucket, Key="left")
    take_back_abandoned(store._client, store._bucket, after=timedelta(0))
    assert "Uploads" not in store._client.list_multipart_uploads(Bucket=store._bucket)
