"""Objects by key in named buckets: one protocol, kept in a directory or in any S3.

    store = open_object_store(settings.object_store_url, RAW_BUCKET)
    store.ensure_bucket()

Every call blocks, so an event loop makes it in a thread; a store may be shared by threads. `local.py` and `s3.py` are
loaded by the URL that asks for them: boto3 is heavy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from warehouse.object_store.errors import InvalidKey, NotFound, ObjectStoreError, StoreUnavailable
from warehouse.object_store.keys import check_bucket

__all__ = [
    "InvalidKey",
    "NotFound",
    "ObjectInfo",
    "ObjectStore",
    "ObjectStoreError",
    "StoreUnavailable",
    "open_object_store",
]


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a listing tells of one object."""

    key: str
    size: int
    etag: str
    """Names this version of the object: it changes with every put that changed the content."""
    modified_at: datetime


class ObjectStore(Protocol):
    """One bucket. All methods raise StoreUnavailable, and InvalidKey where they take a key."""

    def ensure_bucket(self) -> None:
        """Creates the bucket if it is missing; called once when a process starts."""

    def put(self, key: str, data: bytes) -> None:
        """Stores the object, in place of an older one; durable on return."""

    def put_file(self, key: str, file: Path) -> None:
        """Stores what the file holds, as `put` does; a large file goes up in parts, with little in memory."""

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Stores the object unless the key is taken; tells whether it was stored.

        False also after an answer that got lost: the first try had stored it, the second found the key taken.
        """

    def put_if_match(self, key: str, data: bytes, etag: str) -> bool:
        """Replaces the version that has this etag; False if the object changed or went in between.

        False also after an answer that got lost, as with `put_if_absent`: read again before giving up.
        """

    def get(self, key: str) -> bytes:
        """Returns the whole object; raises NotFound."""

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """Returns `length` bytes from `offset`, fewer where the object ends; raises NotFound."""

    def info(self, key: str) -> ObjectInfo:
        """Returns size, etag and time of the object; raises NotFound."""

    def list_after(self, prefix: str = "", after: str = "") -> Iterator[ObjectInfo]:
        """Yields the objects whose key starts with `prefix` and is greater than `after`, in the byte order of keys."""

    def delete(self, key: str) -> None:
        """Removes the object; nothing happens if there is none."""

    def presigned_url(self, key: str, seconds: int) -> str | None:
        """Returns an address that gives the object to whoever has it; None where the store has no web address.

        Raises InvalidKey unless the key begins with an organization's id: what holds records of several is for us only.
        """


def open_object_store(url: str, bucket: str) -> ObjectStore:
    """Returns the bucket at a `file://` or `s3://` URL without touching it; raises ValueError for any other."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        from warehouse.object_store.local import LocalStore

        return LocalStore(Path(unquote(parts.netloc + parts.path)), check_bucket(bucket))
    if parts.scheme == "s3":
        from warehouse.object_store.s3 import open_s3_store

        return open_s3_store(url, bucket)
    raise ValueError(f"object store URL `{url}`: it starts with file:// or s3://")
