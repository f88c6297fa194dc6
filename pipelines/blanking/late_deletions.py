"""Deletions that were asked for while what they delete was still on a gateway's disk: it goes before it is loaded."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy.engine import Engine
from ulid import ULID

from control import deletions
from pipelines.blanking.segment import blank_segment
from pipelines.blanking.selections import LONGEST_CALL, DeletedLines, Selection
from warehouse.object_store import ObjectStore

_ANY_TIME = datetime.min.replace(tzinfo=UTC) + LONGEST_CALL


class LateDeletions:
    """The deletions that may reach segments which are about to be loaded, done or not; mostly there is none."""

    def __init__(self, engine: Engine, keys: Collection[str]) -> None:
        """Is made while the day's lease is held: whoever asks later finds these segments loaded."""
        begun = [begun_at(key) or _ANY_TIME for key in keys]
        self._engine = engine
        self._asked = deletions.asked_since(engine, min(begun) - LONGEST_CALL) if begun else []

    def take_out(self, store: ObjectStore, key: str) -> None:
        """Empties the segment's deleted lines and tells their deletions how many; raises StoreUnavailable."""
        reaching = [each for each in self._asked if Selection.of(each).reaches(begun_at(key))]
        deleted = DeletedLines([Selection.of(each) for each in reaching])
        if reaching and blank_segment(store, key, deleted):
            for each, requests, lines in zip(reaching, deleted.request_counts, deleted.counts, strict=True):
                if lines:
                    deletions.count(self._engine, each.id, {"requests": requests, "raw_lines": lines})


def begun_at(key: str) -> datetime | None:
    """Returns when the file that became the segment was begun; None if its key does not tell."""
    try:
        return ULID.from_str(key.rpartition("/")[2][:26]).datetime
    except ValueError:
        return None
