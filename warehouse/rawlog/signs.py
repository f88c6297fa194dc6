"""What writers still have on their disks: each says in the object store until when everything is shipped.

So a deletion knows when nothing of before it can come any more. A writer that stops with an empty spool takes its sign
away. One that dies leaves it, and whoever takes over its files takes it away when they are shipped. A sign that nobody
renews or takes away for a day is that of a disk that is lost.
"""

from datetime import UTC, datetime, timedelta

from warehouse.object_store import NotFound, ObjectStore

SIGN_SECONDS = 60.0
"""How often a writer renews its sign."""

LOST_AFTER = timedelta(days=1)

PREFIX = "spools/v1/"


def give_sign(store: ObjectStore, writer_id: str, shipped_until: datetime) -> None:
    """Says that every record the writer took until that moment is in the object store. Raises StoreUnavailable."""
    store.put(PREFIX + writer_id, shipped_until.isoformat().encode())


def take_sign_away(store: ObjectStore, writer_id: str) -> None:
    """Says that nothing of this writer is on a disk any more. Raises StoreUnavailable."""
    store.delete(PREFIX + writer_id)


def not_shipped(store: ObjectStore, before: datetime, now: datetime) -> list[str]:
    """Returns the writers that may have records of before that moment on a disk; raises StoreUnavailable."""
    signs = [found for found in store.list_after(PREFIX) if found.modified_at > now - LOST_AFTER]
    return [found.key.removeprefix(PREFIX) for found in signs if not _has_shipped(store, found.key, before)]


def _has_shipped(store: ObjectStore, key: str, before: datetime) -> bool:
    try:
        return datetime.fromisoformat(store.get(key).decode()).astimezone(UTC) > before
    except NotFound:
        return True
    except ValueError:
        # Nobody knows what it says, so it is waited for until it is renewed or given up.
        return False
