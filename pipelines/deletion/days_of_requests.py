"""Which days hold what is to be deleted."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from clickhouse_connect.driver.client import Client

from pipelines.blanking.selections import Selection
from pipelines.deletion.doomed import who
from pipelines.statements import statement
from warehouse.clickhouse import warehouse_errors
from warehouse.object_store import ObjectStore
from warehouse.rawlog.keys import RAW_PREFIX, day_of

_IDS_PER_QUESTION = 4000
"""A question carries its ids in its text, which the server reads 256 KB of."""


def days_with_rows(client: Client, selection: Selection) -> set[date]:
    """Returns the days that have rows which the selection takes."""
    asked: dict[str, object] = {"organization_id": str(selection.organization_id), "until": selection.until}
    if selection.request_ids:
        return {day for ids in _pieces(selection) for day in _days(client, "days_of_ids", asked | {"request_ids": ids})}
    if selection.is_whole or selection.user_id is not None:
        return set(_days(client, "days_of_selection", asked | who(selection)))
    return set()


def days_of_raw_log(store: ObjectStore) -> set[date]:
    """Returns the days that have segments."""
    days = set()
    for found in store.list_after(RAW_PREFIX):
        # A file that somebody put there is no segment.
        with suppress(ValueError):
            days.add(day_of(found.key))
    return days


def _pieces(selection: Selection) -> Iterator[tuple[str, ...]]:
    ids = sorted(map(str, selection.request_ids))
    return (tuple(ids[start : start + _IDS_PER_QUESTION]) for start in range(0, len(ids), _IDS_PER_QUESTION))


def _days(client: Client, name: str, asked: dict[str, object]) -> list[date]:
    with warehouse_errors():
        return [day for (day,) in client.query(statement(name), parameters=asked).result_rows]
