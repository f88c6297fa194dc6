"""The requests of a day that are to be deleted, marked in a staging table of the warehouse.

There may be millions, so they are found, counted and left out by the warehouse itself.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import polars as pl
from clickhouse_connect.driver.client import Client

from pipelines.blanking.selections import Selection
from pipelines.loading.days import STAGING, staging_prefix
from pipelines.statements import statement
from warehouse.clickhouse import append, warehouse_errors
from warehouse.tables import PROPERTY_EDITS, REQUESTS, SCORES, Table

TABLES: tuple[Table, ...] = (PROPERTY_EDITS, SCORES, REQUESTS)
"""The tables that hold rows of single requests, in the order in which rows leave them: what is said of a request is
found by the request."""

_COPY = {
    # A day may be large: a few hundred thousand rows at a time.
    "max_insert_block_size": 1 << 18,
    "min_insert_block_size_rows": 1 << 18,
    "min_insert_block_size_bytes": 128 << 20,
    "max_threads": 2,
}


@dataclass(frozen=True)
class Gone:
    """What leaves one table."""

    rows_by_segment: dict[str, int]
    said_ids: frozenset[UUID]
    """Ids of the scores or edits among them."""

    @property
    def row_count(self) -> int:
        return sum(self.rows_by_segment.values())


class Doomed:
    """One day's marked requests."""

    def __init__(self, client: Client, day: date, name: str) -> None:
        self._client = client
        self._day = day
        self._name = name

    def mark(self, selections: Sequence[Selection], orphans_of: Collection[int]) -> None:
        """Marks what the selections take; of some of them also what is still said of requests that are gone."""
        for number, selection in enumerate(selections):
            asked = {"selection": number, "organization_id": str(selection.organization_id), "until": selection.until}
            if selection.request_ids:
                self._mark_named(number, selection, asked)
            elif selection.is_whole or selection.user_id is not None:
                self._command("doom_selection", **asked, **who(selection))
            if number in orphans_of:
                self._command("doom_orphans", **asked)

    def counts(self, selections: Sequence[Selection]) -> list[int]:
        """Returns how many requests are marked, for each selection."""
        found: dict[int, int] = {row[0]: row[1] for row in self._rows("doomed_counts")}
        return [found.get(number, 0) for number in range(len(selections))]

    def gone(self, table: Table) -> Gone:
        """Returns which rows of the table are of marked requests."""
        rows = self._rows(f"doomed_{table.name}")
        said = (UUID(each) for row in rows for ids in row[2:] for each in ids)
        return Gone({row[0]: row[1] for row in rows}, frozenset(said))

    def copy_others(self, table: Table, target: str) -> int:
        """Copies the day's rows of all other requests into the target, and returns how many there are."""
        with warehouse_errors():
            self._client.command(
                f"insert into {target} {statement(f'kept_{table.name}')}",
                parameters={"day": self._day, "doomed": self._name},
                settings=_COPY,
            )
            count: Any = self._client.command(f"select count() from {target}")  # noqa: S608 - a name of ours
        return int(count)

    def _mark_named(self, number: int, selection: Selection, asked: dict[str, object]) -> None:
        named = f"{self._name}_named_{number}"
        with warehouse_errors():
            self._client.command(statement("create_doomed"), parameters={"doomed": named})
            rows = pl.DataFrame(
                {
                    "selection": pl.Series([number] * len(selection.request_ids), dtype=pl.UInt32),
                    "request_id": sorted(map(str, selection.request_ids)),
                }
            )
            append(self._client, f"{STAGING}.{named}", rows.to_arrow(compat_level=pl.CompatLevel.oldest()))
        self._command("doom_request_ids", **asked, named=named)
        with warehouse_errors():
            self._client.command(f"drop table {STAGING}.{named} sync")

    def _command(self, name: str, **parameters: object) -> None:
        with warehouse_errors():
            self._client.command(statement(name), parameters={"day": self._day, "doomed": self._name, **parameters})

    def _rows(self, name: str) -> Sequence[Sequence[Any]]:
        with warehouse_errors():
            found = self._client.query(statement(name), parameters={"day": self._day, "doomed": self._name})
        rows: Sequence[Sequence[Any]] = found.result_rows
        return rows


def who(selection: Selection) -> dict[str, object]:
    """The parameters that tell an organization's requests from those of one of its users."""
    return {"is_whole": selection.is_whole, "user_id": selection.user_id or ""}


@contextmanager
def doomed(client: Client, day: date) -> Iterator[Doomed]:
    """Gives an empty staging table, which goes with the context, or with whoever takes the day over."""
    name = f"{staging_prefix(day)}doomed_{uuid4().hex[:12]}"
    with warehouse_errors():
        client.command(statement("create_doomed"), parameters={"doomed": name})
    try:
        yield Doomed(client, day, name)
    finally:
        with warehouse_errors():
            client.command(f"drop table if exists {STAGING}.{name} sync")
