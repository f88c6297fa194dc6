"""A bucket at any service that speaks S3: AWS, SeaweedFS, MinIO, R2.

Credentials come from AWS's own variables or the machine's role. Retries are botocore's: exponential with jitter.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from warehouse.object_store import ObjectInfo
from warehouse.object_store.errors import NotFound, StoreUnavailable
from warehouse.object_store.keys import check_bucket, check_key

_PART_BYTES = 16 << 20
_MISSING = {"NoSuchKey", "404"}
_BEYOND_THE_END = {"InvalidRange", "416"}
_CONDITION_FAILED = {"PreconditionFailed", "412"}


@dataclass(frozen=True)
class S3Address:
    """What an `s3://?…` URL may say."""

    endpoint: str | None = None
    """The service's address; AWS when absent."""
    region: str = "us-east-1"
    path_style: bool = False
    """Whether the bucket stands in the path instead of the host name."""
    public_endpoint: str | None = None
    """The service's address as a browser reaches it, for presigned URLs."""
    bucket_prefix: str = ""
    """Stands before each bucket's name: on AWS names are shared with the whole world."""
    sse: str | None = None
    """Server-side encryption, `AES256` or `aws:kms`."""
    sse_key_id: str | None = None

    @staticmethod
    def parse(url: str) -> "S3Address":
        """Reads the URL; raises ValueError naming what it does not know."""
        parts = urlsplit(url)
        if parts.netloc or parts.path.strip("/"):
            raise ValueError(
                f"object store URL `{url}`: after s3:// only ?endpoint=… and the like; buckets are named by us"
            )
        options: dict[str, Any] = dict(parse_qsl(parts.query))
        if unknown := options.keys() - S3Address.__dataclass_fields__.keys():
            known = ", ".join(S3Address.__dataclass_fields__)
            raise ValueError(f"object store URL: unknown option `{min(unknown)}`; options are {known}")
        if "path_style" in options:
            options["path_style"] = options["path_style"].lower() in {"true", "1", "yes"}
        return S3Address(**options)


def open_s3_store(url: str, bucket: str) -> "S3Store":
    """Returns the bucket at an `s3://` URL without touching it."""
    address = S3Address.parse(url)
    client = _client(address.endpoint, address.region, address.path_style)
    signer = _client(address.public_endpoint or address.endpoint, address.region, address.path_style)
    encryption = {"ServerSideEncryption": address.sse, "SSEKMSKeyId": address.sse_key_id}
    return S3Store(
        client,
        check_bucket(address.bucket_prefix + bucket),
        signer=signer,
        encryption={name: value for name, value in encryption.items() if value},
    )


@cache
def _client(endpoint: str | None, region: str, path_style: bool) -> Any:
    """Returns the client that all buckets of a service share, with its connections."""
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        config=Config(
            signature_version="s3v4",
            retries={"mode": "standard", "max_attempts": 4},
            connect_timeout=5,
            read_timeout=30,
            max_pool_connections=32,
            s3={"addressing_style": "path" if path_style else "virtual"},
            # The checksums boto3 adds of late make several services refuse a put.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
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
        part_bytes: int = _PART_BYTES,
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

    def put(self, key: str, data: bytes) -> None:
        with self._errors():
            self._put(check_key(key), data)

    def put_file(self, key: str, file: Path) -> None:
        with self._errors(), file.open("rb") as source:
            self._put(check_key(key), source)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        return self._put_conditionally(key, data, IfNoneMatch="*")

    def put_if_match(self, key: str, data: bytes, etag: str) -> bool:
        return self._put_conditionally(key, data, IfMatch=f'"{etag}"')

    def get(self, key: str) -> bytes:
        with self._errors(key):
            return self._read(key)

    def get_range(self, key: str, offset: int, length: int) -> bytes:
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
            where = {"Bucket": self._bucket, "Key": check_key(key)}
            return str(self._signer.generate_presigned_url("get_object", Params=where, ExpiresIn=seconds))

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
        found = self._client.get_object(Bucket=self._bucket, Key=check_key(key), **more)
        with found["Body"] as body:
            return bytes(body.read())

    def _put_conditionally(self, key: str, data: bytes, **condition: str) -> bool:
        with self._errors():
            try:
                self._put(check_key(key), data, **condition)
            except ClientError as error:
                if _code(error) in _CONDITION_FAILED or ("IfMatch" in condition and _code(error) in _MISSING):
                    return False
                raise
            return True

    def _put(self, key: str, data: bytes | BinaryIO, **condition: str) -> None:
        source = io.BytesIO(data) if isinstance(data, bytes) else data
        where = {"Bucket": self._bucket, "Key": key}
        part, following = source.read(self._part_bytes), source.read(self._part_bytes)
        if not following:
            self._client.put_object(**where, Body=part, **condition, **self._encryption)
            return
        upload = where | {"UploadId": self._client.create_multipart_upload(**where, **self._encryption)["UploadId"]}
        try:
            parts: list[dict[str, Any]] = []
            while part:
                answer = self._client.upload_part(**upload, PartNumber=len(parts) + 1, Body=part)
                parts.append({"ETag": answer["ETag"], "PartNumber": len(parts) + 1})
                part, following = following, source.read(self._part_bytes)
            self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, **condition)
        except BaseException:
            # Parts of an upload that was never completed are stored, and billed, for ever.
            with suppress(ClientError, BotoCoreError):
                self._client.abort_multipart_upload(**upload)
            raise

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
