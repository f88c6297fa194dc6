"""Which names a bucket and a key may have, so that any store can hold them."""

import re

from warehouse.object_store.errors import InvalidKey

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_OWNED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_MOST_KEY_BYTES = 1024
_MOST_NAME_BYTES = 255


def check_bucket(bucket: str) -> str:
    """Returns the bucket's name if S3 would accept it; raises ValueError."""
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise ValueError(
            f"bucket `{bucket}`: a name has 3 to 63 of a-z, 0-9, `-` and `.`, a letter or digit at both ends"
        )
    return bucket


def check_key(key: str) -> str:
    """Returns the key if it is a plain relative path; raises InvalidKey.

    Stricter than S3, since a key is also a path of `LocalStore`: no step out of the bucket, no name a file cannot have.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError as error:
        raise InvalidKey(f"key {key!r} is not valid Unicode") from error
    if not 0 < size <= _MOST_KEY_BYTES:
        raise InvalidKey(f"a key has 1 to {_MOST_KEY_BYTES} bytes, this one {size}")
    if _FORBIDDEN.search(key):
        raise InvalidKey(f"key {key!r} holds a control character or a backslash")
    for name in key.split("/"):
        if name in {"", ".", ".."}:
            raise InvalidKey(f"key {key!r} has an empty, `.` or `..` part")
        if len(name.encode()) > _MOST_NAME_BYTES:
            raise InvalidKey(f"key {key!r} has a part of more than {_MOST_NAME_BYTES} bytes")
    return key


def check_owned_key(key: str) -> str:
    """Returns the key if it begins with an organization's id, so that nothing of others is in it; raises InvalidKey.

    Segments of the raw log hold records of all organizations: no address may ever be made for one.
    """
    if not _OWNED.match(check_key(key)):
        raise InvalidKey(
            f"key {key!r} does not begin with an organization's id: an address would give others' data away"
        )
    return key
