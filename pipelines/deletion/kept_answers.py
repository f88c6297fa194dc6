"""What is kept of an organization's requests outside of the raw log and the tables: results of queries, and the
gateways' response cache. All of it can be made again, so it goes as a whole rather than piece by piece.
"""

from datetime import datetime
from uuid import UUID

from warehouse.object_store import ObjectInfo, ObjectStore


def delete_results(results: ObjectStore, organization_id: UUID) -> int:
    """Deletes kept answers and exports, and returns how many."""
    return _delete_all(results, list(results.list_after(f"{organization_id}/")))


def delete_answers(results: ObjectStore, organization_id: UUID) -> int:
    """Deletes kept answers, and leaves what people exported."""
    return _delete_all(results, list(results.list_after(f"{organization_id}/answers/")))


def delete_cached(cache: ObjectStore, organization_id: UUID, epoch: int) -> int:
    """Deletes cached responses of epochs before that one, which no gateway serves any more."""
    found = cache.list_after(f"{organization_id}/")
    return _delete_all(cache, [each for each in found if _epoch_of(each.key) < epoch])


def delete_cached_before(cache: ObjectStore, organization_id: UUID, moment: datetime) -> int:
    """Deletes cached responses that were stored before the moment."""
    found = cache.list_after(f"{organization_id}/")
    return _delete_all(cache, [each for each in found if each.modified_at < moment])


def _epoch_of(key: str) -> int:
    """What is no entry of ours counts as the oldest."""
    epoch = key.split("/")[1]
    return int(epoch) if epoch.isdecimal() else -1


def _delete_all(store: ObjectStore, found: list[ObjectInfo]) -> int:
    for each in found:
        store.delete(each.key)
    return len(found)
