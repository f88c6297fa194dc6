"""Takes deleted records out of segments in the object store."""

from pipelines.blanking.selections import DeletedLines
from warehouse.object_store import NotFound, ObjectStore, StoreUnavailable
from warehouse.rawlog.blanking import blank
from warehouse.rawlog.frames import EMPTY

_TRIES = 5


def blank_segment(store: ObjectStore, key: str, deleted: DeletedLines, *, drops_empty: bool = False) -> bool:
    """Empties a segment's deleted lines in one step, and tells whether there were any; raises StoreUnavailable.

    A segment with nothing left stays as an empty object unless `drops_empty`: its key stays taken, so that a gateway
    that did not learn that it had shipped the segment cannot ship it again.
    """
    for _ in range(_TRIES):
        before = list(deleted.counts)
        try:
            etag = store.info(key).etag
            blanked = blank(store.get(key), deleted)
        except NotFound:
            return False
        if not blanked.line_count:
            return False
        if blanked.is_empty and drops_empty:
            store.delete(key)
            return True
        if store.put_if_match(key, EMPTY if blanked.is_empty else blanked.data, etag):
            return True
        # It changed meanwhile, or it is done and the answer got lost.
        deleted.counts[:] = before
    raise StoreUnavailable(f"segment {key} changes again and again; it is tried later")
