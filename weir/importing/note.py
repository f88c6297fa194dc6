"""How far an import has come, kept beside the raw log so that the next run goes on from there."""

import hashlib
from datetime import date, datetime
from uuid import UUID

import msgspec

from warehouse.object_store import NotFound, ObjectStore


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a day a run was when it had stored a segment."""

    day: date
    after: datetime
    """Rows before this moment are in segments."""
    seen: dict[str, datetime] = {}
    """Those after it that are, too."""


class Note(msgspec.Struct, kw_only=True):
    """What is done of one organization's history at one Helicone."""

    days: set[date] = set()
    """Days that were over when they were read, to their end."""
    place: Place | None = None


class Notebook:
    """The note of one import in the store."""

    def __init__(self, store: ObjectStore, organization_id: UUID, url: str, key: str) -> None:
        self._store = store
        # Of the key too: another one may be another team's.
        told = hashlib.sha256(f"{url}\n{key}".encode()).hexdigest()[:16]
        self._key = f"import/v1/{organization_id}/{told}.json"

    def read(self) -> Note:
        try:
            return msgspec.json.decode(self._store.get(self._key), type=Note)
        except NotFound:
            return Note()

    def write(self, note: Note) -> None:
        self._store.put(self._key, msgspec.json.encode(note))

    def forget(self) -> None:
        self._store.delete(self._key)
