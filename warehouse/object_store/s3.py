"""A bucket at any service that speaks S3: AWS, SeaweedFS, MinIO, R2, Ceph.

Credentials come from AWS's own variables or the machine's role. Retries are botocore's, exponential with jitter, and
ours for an answer that broke off in the middle of a body.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError, ResponseStreamingError
from urllib3.exceptions import HTTPError

from warehouse.object_store import ObjectInfo
from warehouse.object_store.errors import NotFound, StoreUnavailable
from warehouse.object_store.keys import check_bucket, check_key, check_owned_key
from warehouse.object_store.s3_address import S3Address
from warehouse.object_store.s3_upload import PART_BYTES, take_back_abandoned, upload

_MISSING = {"NoSuchKey", "404"}
_BEYOND_THE_END = {"InvalidRange", "416"}
_CONDITION_FAILED = {"PreconditionFailed", "412"}
# Another write of the key was under way; whether it will have stored anything is not said, so it is no "taken".
_OVERTAKEN = {"ConditionalRequestConflict", "ConcurrentModification", "409"}
_BROKEN_OFF = (ResponseStreamingError, ReadTimeoutError, HTTPError)
_TRIES = 4


def open_s3_store(url: str, bucket: str) -> "S3Store":
    """Returns the bucket at an `s3://` URL without touching it."""
    address = S3Address.parse(url)
    return S3Store(
        address.client(),
        check_bucket(address.bucket_prefix + bucket),
        signer=address.signer(),
        encryption=address.encryption(),
    )


class S3Store:
    """One bucket of one S3 service; threads may share it."""

    def __init__(
        self,
        client: Any,
        bucket: str,
        *,
        signer: Any = None,
        encryption: dict[str, str] | None = None,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._signer = signer or client
        self._encryption = encryption or {}
        self._part_bytes = part_bytes

    def ensure_bucket(self) -> None:
        with self._errors():
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if _code(error) not in {"404", "NoSuchBucket"}:
                    raise
                self._create_bucket()
            else:
                take_back_abandoned(self._client, self._bucket)

    def put(self, key: str, data: bytes) -> None:
        with self._errors():
            self._put(key, data)

    def put_file(self, key: str, file: Path) -> None:
        where = {"Bucket": self._bucket, "Key": check_key(key)}
        with self._errors(), file.open("rb") as source:
            upload(self._client, where, source, self._encryption, self._part_bytes)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        return self._put_conditionally(key, data, IfNoneMatch="*")

    def put_if_match(self, key: str, data: bytes, etag: str) -> bool:
        # HTTP wants the quotes; Ceph's service compares them with an etag that has none, and finds no version equal.
        for written in (f'"{etag}"', etag):
            if self._put_conditionally(key, data, IfMatch=written):
                return True
            if self._etag(key) != etag:
                return False
        return False

    def get(self, key: str) -> bytes:
        with self._errors(key):
            return self._read(key)

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        if length <= 0:
            # A range header cannot say "nothing"; what it would say is "all from here".
            self.info(key)
            return b""
        with self._errors(key):
            try:
                return self._read(key, Range=f"bytes={offset}-{offset + length - 1}")
            except ClientError as error:
                if _code(error) in _BEYOND_THE_END:
                    return b""
                raise

    def info(self, key: str) -> ObjectInfo:
        with self._errors(key):
            found = self._client.head_object(Bucket=self._bucket, Key=check_key(key))
        return ObjectInfo(key, found["ContentLength"], found["ETag"].strip('"'), found["LastModified"])

    def list_after(self, prefix: str = "", after: str = "") -> Iterator[ObjectInfo]:
        start = {"StartAfter": after} if after else {}
        with self._errors():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix, **start)
            for page in pages:
                for found in page.get("Contents", ()):
                    yield ObjectInfo(found["Key"], found["Size"], found["ETag"].strip('"'), found["LastModified"])

    def delete(self, key: str) -> None:
        with self._errors():
            self._client.delete_object(Bucket=self._bucket, Key=check_key(key))

    def presigned_url(self, key: str, seconds: int) -> str | None:
        with self._errors():
            where = {"Bucket": self._bucket, "Key": check_owned_key(key)}
            return str(self._signer.generate_presigned_url("get_object", Params=where, ExpiresIn=seconds))

    def _etag(self, key: str) -> str | None:
        try:
            return self.info(key).etag
        except NotFound:
            return None

    def _create_bucket(self) -> None:
        region = self._client.meta.region_name
        # AWS refuses its first region as a constraint and demands any other.
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            self._client.create_bucket(Bucket=self._bucket, **place)
        except ClientError as error:
            if _code(error) != "BucketAlreadyOwnedByYou":
                raise

    def _read(self, key: str, **more: str) -> bytes:
        """Reads the object; begins anew, a few times, where the answer breaks off in the body."""
        failures = 0
        while True:
            found = self._client.get_object(Bucket=self._bucket, Key=check_key(key), **more)
            try:
                with found["Body"] as body:
                    return bytes(body.read())
            except _BROKEN_OFF:
                failures += 1
                if failures == _TRIES:
                    raise
                _pause(failures)

    def _put_conditionally(self, key: str, data: bytes, **condition: str) -> bool:
        with self._errors():
            failures = 0
            while True:
                try:
                    self._put(key, data, **condition)
                except ClientError as error:
                    code = _code(error)
                    if code in _CONDITION_FAILED or ("IfMatch" in condition and code in _MISSING):
                        return False
                    failures += 1
                    if code not in _OVERTAKEN or failures == _TRIES:
                        raise
                    _pause(failures)
                else:
                    return True

    def _put(self, key: str, data: bytes, **condition: str) -> None:
        self._client.put_object(Bucket=self._bucket, Key=check_key(key), Body=data, **condition, **self._encryption)

    @contextmanager
    def _errors(self, key: str | None = None) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            if key is not None and _code(error) in _MISSING:
                raise NotFound(f"no object {key!r} in {self._bucket}") from error
            raise StoreUnavailable(f"bucket {self._bucket}: {error}") from error
        except (BotoCoreError, HTTPError) as error:
            raise StoreUnavailable(f"bucket {self._bucket}: {error}") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _pause(failures: int) -> None:
    time.sleep(random.uniform(0, 0.1 * 2**failures))  # noqa: S311
