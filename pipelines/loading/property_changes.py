"""Changes the properties of requests where they are, for edits that come after the call.

A row says itself which state of it was read, by its `loaded_at`: a change that the server runs late, for a loader that
has lost its day, finds no row of that state any more and does nothing. Changed rows get a new `loaded_at`, so that kept
answers and derived days notice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from clickhouse_connect.driver.client import Client

from pipelines.transforms.properties import PAIRS, with_edits
from pipelines.transforms.requests import KEY
from warehouse.clickhouse import warehouse_errors

_ROWS_AT_ONCE = 2000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATE = "concat(toString(organization_id), toString(request_id), toString(toUnixTimestamp64Micro(loaded_at)))"
_LONG_TEXT = {"max_query_size": 64 << 20, "max_ast_elements": 1 << 20}
"""The new values are in the statement's text: a table of them would have to outlive the process that made it."""


@dataclass(frozen=True)
class _Change:
    """What becomes of one row."""

    request_id: str
    state: str
    names: list[str]
    values: list[str]


def apply_edits(
    client: Client, table: str, day: date, edits: pl.DataFrame, loaded_at: datetime, publish: Callable[[], None]
) -> int:
    """Applies edits to the day's requests in the table and returns how many rows it changed.

    `publish` is called right before each change and may raise to prevent it. Applying the same again changes nothing.
    """
    count = 0
    for requests in edits.select(KEY).unique(maintain_order=True).iter_slices(_ROWS_AT_ONCE):
        changes = list(_changes(_rows(client, table, day, requests["request_id"].to_list()), edits))
        if changes:
            publish()
            _change(client, table, day, changes, loaded_at)
            count += len(changes)
    if count:
        forget_changes(client)
    return count


def forget_changes(client: Client) -> None:
    """Lets the server forget the texts of changes that are made: they hold properties, which may have to be deleted."""
    with warehouse_errors():
        client.command("kill mutation where database = currentDatabase() and is_done sync")


def _rows(client: Client, table: str, day: date, request_ids: Sequence[str]) -> pl.DataFrame:
    sql = (
        f"select toString(organization_id), toString(request_id), {_STATE}, properties from {table}"  # noqa: S608
        " where toDate(created_at) = %(day)s and request_id in %(request_ids)s"
    )
    with warehouse_errors():
        found: Sequence[Sequence[Any]] = client.query(
            sql, parameters={"day": day, "request_ids": tuple(request_ids)}
        ).result_rows
    rows = [(*key, [{"key": name, "value": value} for name, value in properties.items()]) for *key, properties in found]
    schema = pl.Schema(dict.fromkeys((*KEY, "state"), pl.String()) | {"properties": PAIRS})
    return pl.DataFrame(rows, schema=schema, orient="row")


def _changes(rows: pl.DataFrame, edits: pl.DataFrame) -> Iterator[_Change]:
    edited = with_edits(rows, edits)
    for before, after in zip(rows.iter_rows(named=True), edited.iter_rows(named=True), strict=True):
        if before["properties"] != after["properties"]:
            pairs = after["properties"]
            yield _Change(
                before["request_id"],
                before["state"],
                [pair["key"] for pair in pairs],
                [pair["value"] for pair in pairs],
            )


def _change(client: Client, table: str, day: date, changes: Sequence[_Change], loaded_at: datetime) -> None:
    which = f"indexOf(%(states)s, {_STATE})"
    arrays = "Array(Array(String))"
    sql = f"""
        alter table {table} update
            properties = mapFromArrays(
                cast(%(names)s as {arrays})[{which}],
                cast(%(values)s as {arrays})[{which}]
            ),
            loaded_at = fromUnixTimestamp64Micro(%(loaded_at)s)
        in partition id %(day)s
        where request_id in %(request_ids)s and {_STATE} in %(states)s
    """
    parameters = {
        "states": [change.state for change in changes],
        "names": [change.names for change in changes],
        "values": [change.values for change in changes],
        "loaded_at": (loaded_at - _EPOCH) // timedelta(microseconds=1),
        "day": day.strftime("%Y%m%d"),
        "request_ids": tuple(change.request_id for change in changes),
    }
    with warehouse_errors():
        client.command(sql, parameters=parameters, settings=_LONG_TEXT | {"mutations_sync": 1})
