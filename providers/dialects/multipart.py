"""Reads the short fields of a `multipart/form-data` body; files in it are passed over, not copied.

The boundary is taken from the body's first line, so that the content type need not be known.
"""

import re

_MOST_PARTS = 64
_MOST_HEAD_BYTES = 2048
_MOST_FIELD_BYTES = 8192
_LONGEST_BOUNDARY = 200
_NAME = re.compile(rb'content-disposition:[^\n]*[; ]name="([^"\r\n]{1,100})"', re.IGNORECASE)
_FILE = re.compile(rb"content-disposition:[^\n]*filename", re.IGNORECASE)


def is_multipart(body: bytes) -> bool:
    """Tells a form from JSON by how it begins."""
    return body[:2] == b"--"


def fields_of(body: bytes) -> dict[str, str]:
    """Returns the fields that are no files, the first of each name, long ones cut."""
    boundary = body[:_LONGEST_BOUNDARY].partition(b"\n")[0].rstrip(b"\r")
    fields: dict[str, str] = {}
    start = len(boundary)
    for _ in range(_MOST_PARTS if len(boundary) > 2 else 0):
        head_end = body.find(b"\r\n\r\n", start, start + _MOST_HEAD_BYTES)
        end = body.find(b"\r\n" + boundary, head_end)
        if head_end < 0 or end < 0:
            break
        head = body[start:head_end]
        name = _NAME.search(head)
        if name is not None and _FILE.search(head) is None:
            value = body[head_end + 4 : min(end, head_end + 4 + _MOST_FIELD_BYTES)]
            fields.setdefault(name[1].decode("utf-8", "replace"), value.decode("utf-8", "replace"))
        start = end + 2 + len(boundary)
    return fields
