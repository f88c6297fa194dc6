"""What could not be loaded, and why: one object for each segment that gave rejects, beside the raw log.

An entry names the place in the segment and does not repeat the line: the raw log keeps it, and what must be deleted
there is then deleted everywhere. Loading the day again (`loader.remodel`) is the replay: what can be read by then gets
its row, and the object is written anew or removed.
"""

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from pipelines.transforms.records import Rejected
from warehouse.object_store import ObjectStore
from warehouse.rawlog.keys import RAW_PREFIX

PREFIX = "quarantine/v1/"


class Entry(msgspec.Struct, frozen=True):
    """One line of a quarantine object."""

    segment: str
    line: int | None
    """Which readable line of the segment, counted from 0; None for a damaged stretch."""
    reason: str


def put(store: ObjectStore, segment: str, rejected: Sequence[Rejected]) -> None:
    """Keeps the rejects of a segment in place of those of an earlier reading; none removes them."""
    if not rejected:
        store.delete(_key(segment))
        return
    entries = (Entry(segment, each.line, each.reason) for each in rejected)
    store.put(_key(segment), b"".join(msgspec.json.encode(each) + b"\n" for each in entries))


def day_of(key: str) -> date:
    """Returns the day of the segment whose rejects the object with this key holds; raises ValueError for others."""
    found = re.match(rf"{PREFIX}dt=(\d{{4}}-\d\d-\d\d)/", key)
    if found is None:
        raise ValueError(f"`{key}` is not the key of a quarantine object: {PREFIX}dt=YYYY-MM-DD/<name>")
    return date.fromisoformat(found[1])


def _key(raw_key: str) -> str:
    return PREFIX + raw_key.removeprefix(RAW_PREFIX).removesuffix(".zst")
