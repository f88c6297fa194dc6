"""Packs records into segments of one day each, under keys that their content gives.

So the same rows, read again, become the same segment under the same key, and the store has it already.
"""

import hashlib
from datetime import date, datetime
from uuid import UUID

from ulid import ULID

from warehouse.object_store import ObjectStore
from warehouse.rawlog.keys import day_prefix
from warehouse.rawlog.segment import compress
from warehouse.record import Record, encode
from weir.importing.counts import Counts

_SEGMENT_BYTES = 16 << 20
_SEGMENT_RECORDS = 20_000


class Packer:
    """The records of one day that are not in a segment yet."""

    def __init__(self, store: ObjectStore, organization_id: UUID, day: date, counts: Counts) -> None:
        self._store = store
        self._organization_id = organization_id
        self._day = day
        self._counts = counts
        self._lines: list[bytes] = []
        self._size = 0
        self._begins_at: datetime | None = None

    def add(self, records: list[Record]) -> bool:
        """Takes what is told of one request; tells whether a segment became full and was stored."""
        self._begins_at = self._begins_at or records[0].created_at
        for record in records:
            line = encode(record)
            self._lines.append(line)
            self._size += len(line)
        if self._size < _SEGMENT_BYTES and len(self._lines) < _SEGMENT_RECORDS:
            return False
        self.store()
        return True

    def store(self) -> None:
        """Stores what is there as a segment, if anything is."""
        if not self._lines or self._begins_at is None:
            return
        content = b"".join(self._lines)
        key = self._key(content, self._begins_at)
        if self._store.put_if_absent(key, compress(content)):
            self._counts.segments += 1
        else:
            self._counts.segments_there += 1
        self._lines, self._size, self._begins_at = [], 0, None

    def _key(self, content: bytes, begins_at: datetime) -> str:
        chance = int.from_bytes(hashlib.sha256(self._organization_id.bytes + content).digest()[:10])
        ulid = ULID.from_int(int(begins_at.timestamp() * 1000) << 80 | chance)
        return f"{day_prefix(self._day)}{ulid}{_suffix(self._organization_id)}"


def segments_of(store: ObjectStore, organization_id: UUID, day: date) -> list[str]:
    """Returns the keys of all segments of the day that imports into the organization stored."""
    suffix = _suffix(organization_id)
    return [found.key for found in store.list_after(day_prefix(day)) if found.key.endswith(suffix)]


def _suffix(organization_id: UUID) -> str:
    return f"-import-{organization_id.hex[-12:]}.ndjson.zst"
