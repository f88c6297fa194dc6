"""The warehouse's tables, written a day at a time: `append` adds to a day, `replace` puts a new day in its place.

Rows are first inserted into a staging table of their own and then moved by one statement about partitions, so readers
see all of them or none, however many blocks they came in. Staging also fences: whoever takes over a day first drops
what was staged for it, and a statement of the former holder that the server runs late finds no table to move.
Staging tables are in a database of their own, which readers cannot see.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from clickhouse_connect.driver.client import Client

from control.key_spend import Spend
from pipelines.loading.doubles import drop_doubles, known_rows
from pipelines.loading.property_changes import apply_edits
from pipelines.schemas import conform, table_schema
from pipelines.statements import statement
from pipelines.transforms.properties import EDIT_SCHEMA
from pipelines.transforms.requests import KEY
from warehouse.clickhouse import WarehouseError, append, warehouse_errors
from warehouse.tables import LOADS, REQUESTS, Table

STAGING = "weir_staging"

ANSWER_SECONDS = 15
"""How long a client given to `Days` best waits for an answer. What is given up is done again: staged rows are lost."""

MOST_ROWS = 500_000
"""How many requests of a day are in memory at once while it is derived; they take about 300 bytes each."""

_KEY_SCHEMA = pl.Schema(dict.fromkeys(KEY, pl.String()))
_IDS_PER_QUESTION = 4000
"""A question carries its ids in its text, which the server reads 256 KB of."""


@dataclass(frozen=True)
class Held:
    """What a day of `requests` has."""

    segments: frozenset[str]
    newest_loaded_at: datetime | None


class Days:
    """The day-partitioned tables of one warehouse."""

    def __init__(self, connect: Callable[[], Client]) -> None:
        """`connect` is called at the first use, so that a warehouse may come up later than its users."""
        self._connect = connect

    @cached_property
    def _client(self) -> Client:
        client = self._connect()
        with warehouse_errors():
            client.command(f"create database if not exists {STAGING}")
        return client

    def ask(self, name: str, **parameters: object) -> Sequence[Sequence[Any]]:
        """Returns the rows that `sql/<name>.sql` gives with these parameters."""
        with warehouse_errors():
            rows: Sequence[Sequence[Any]] = self._client.query(statement(name), parameters=parameters).result_rows
        return rows

    def held(self, day: date) -> Held:
        """Returns the segments that the day's rows come from."""
        rows = self.ask("held_segments", day=day)
        newest = max((newest for _, newest in rows), default=None)
        # The driver gives UTC without saying so.
        return Held(frozenset(segment for segment, _ in rows), newest and newest.replace(tzinfo=UTC))

    def segments_without_rows(self, day: date) -> frozenset[str]:
        """Returns segments that were read and gave no row, as the journal says."""
        return frozenset(segment for (segment,) in self.ask("segments_without_rows", day=day))

    def holding(self, table: Table, day: date, segments: Sequence[str]) -> frozenset[str]:
        """Returns those of the segments of which rows are in a day of that table."""
        return frozenset(held for (held,) in self.ask(f"holds_{table.name}", day=day, segments=list(segments)))

    def edits_of(self, day: date) -> pl.DataFrame:
        """Returns the edits of properties of the day's requests."""
        rows = self.ask("day_edits", day=day)
        frame = pl.DataFrame(rows, schema=EDIT_SCHEMA | {"created_at": pl.Datetime("us")}, orient="row")
        return frame.cast(EDIT_SCHEMA)

    def known_ids(self, ids: pl.DataFrame, except_day: date | None = None) -> pl.DataFrame:
        """Returns those pairs of organization_id and request_id that `requests` has, on other days than that one."""
        found = [_KEY_SCHEMA.to_frame()]
        for part in ids.iter_slices(_IDS_PER_QUESTION):
            rows = self.ask(
                "known_ids",
                organization_ids=tuple(part["organization_id"].unique()),
                request_ids=tuple(part["request_id"]),
                except_day=except_day or date(1970, 1, 1),
            )
            found.append(pl.DataFrame(rows, schema=_KEY_SCHEMA, orient="row"))
        return pl.concat(found)

    def requests_of(self, day: date, most_rows: int = MOST_ROWS) -> Iterator[pl.DataFrame]:
        """Yields what the derived tables need of a day's requests, all of an organization at once.

        As many organizations come together as have about so many rows; a single one may have more.
        """
        ((rows,),) = self.ask("row_count", day=day)
        slices = max(1, -(-rows // most_rows))
        for number in range(slices):
            with warehouse_errors():
                table = self._client.query_arrow(
                    statement("day_requests"), parameters={"day": day, "slices": slices, "slice": number}
                )
            frame = pl.from_arrow(table)
            assert isinstance(frame, pl.DataFrame)
            yield frame

    def key_spend(self, day: date, key_ids: Sequence[UUID]) -> list[Spend]:
        """Returns what those API keys used on a day, by hour and by who recorded it."""
        rows = self.ask("key_spend", day=day, key_ids=tuple(map(str, key_ids)))
        return [Spend(UUID(key_id), hour.replace(tzinfo=UTC), *rest) for key_id, hour, *rest in rows]

    def stale_days(self) -> list[date]:
        """Returns the days whose derived tables do not reflect the newest of their requests, the latest first."""
        return [day for (day,) in self.ask("stale_days")]

    def discard_staged(self, day: date) -> None:
        """Drops what former holders of the day's lease left unpublished; after it they cannot publish it any more."""
        for (name,) in self.ask("staged", database=STAGING, prefix=staging_prefix(day)):
            self._command(f"drop table if exists {STAGING}.{name} sync")

    def append(self, table: Table, day: date, rows: pl.DataFrame, publish: Callable[[], None]) -> None:
        """Adds rows to the day; `publish` is called right before they become visible and may raise to prevent it."""
        with self.addition(table, day, publish) as staged:
            staged.add(rows)

    @contextmanager
    def addition(self, table: Table, day: date, publish: Callable[[], None]) -> Iterator["Staged"]:
        """Adds what is added inside the block to the day's rows, when the block ends without an error."""
        with self._staged(table, day) as staged:
            yield staged
            if staged.row_count:
                publish()
                self._command(f"alter table {staged.name} move partition id '{day_id(day)}' to table {table.name}")

    @contextmanager
    def replace(self, table: Table, day: date, publish: Callable[[], None]) -> Iterator["Staged"]:
        """Puts what is added inside the block in the place of the day's rows, when the block ends without an error."""
        with self._staged(table, day) as staged:
            yield staged
            publish()
            change = f"replace partition id '{day_id(day)}' from {staged.name}"
            if not staged.row_count:
                change = f"drop partition id '{day_id(day)}'"
            self._command(f"alter table {table.name} {change}")

    def edit_properties(self, day: date, edits: pl.DataFrame, loaded_at: datetime, publish: Callable[[], None]) -> int:
        """Applies edits to the day's requests in place, and returns how many it changed; `publish` as in `append`."""
        return apply_edits(self._client, REQUESTS.name, day, edits, loaded_at, publish)

    def journal(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Adds rows to `loads`."""
        frame = pl.LazyFrame(rows).pipe(conform, table_schema(LOADS)).collect()
        append(self._client, LOADS.name, _arrow(frame, LOADS))

    def _command(self, sql: str) -> None:
        with warehouse_errors():
            self._client.command(sql)

    @contextmanager
    def _staged(self, table: Table, day: date) -> Iterator["Staged"]:
        name = f"{STAGING}.{staging_prefix(day)}{table.name}_{uuid4().hex[:12]}"
        self._command(f"create table {name} as {table.name}")
        try:
            yield Staged(self._client, table, name, day)
        finally:
            # A server that is gone keeps it until the day is written next.
            with suppress(WarehouseError):
                self._command(f"drop table if exists {name} sync")


class Staged:
    """Rows that nobody sees yet."""

    def __init__(self, client: Client, table: Table, name: str, day: date) -> None:
        self.name = name
        self.row_count = 0
        self._client = client
        self._table = table
        self._day = day

    def add(self, rows: pl.DataFrame) -> None:
        """Adds rows; columns that the table does not store are left out."""
        if rows.is_empty():
            return
        frame = rows.lazy().pipe(conform, table_schema(self._table)).collect()
        append(self._client, self.name, _arrow(frame, self._table))
        self.row_count += rows.height

    def add_unknown(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Adds those rows that the day does not have, and returns them."""
        self.add(rows)
        known = self.row_count and known_rows(self._client, self.name, self._table.name, day_id(self._day))
        if not known:
            return rows
        kept = rows.join(
            pl.DataFrame(known, schema=_KEY_SCHEMA, orient="row"), on=KEY, how="anti", maintain_order="left"
        )
        with warehouse_errors():
            self._client.command(f"truncate table {self.name} sync")
        self.row_count = 0
        self.add(kept)
        return kept

    def drop_doubles(self) -> None:
        """Leaves of rows with the same id only those of the first segment."""
        if self.row_count:
            self.row_count -= drop_doubles(self._client, self.name)

    def edit_properties(self, edits: pl.DataFrame, loaded_at: datetime) -> None:
        """Applies edits to the requests that were added."""
        apply_edits(self._client, self.name, self._day, edits, loaded_at, publish=lambda: None)


def day_id(day: date) -> str:
    """The id of the day's partition."""
    return day.strftime("%Y%m%d")


def staging_prefix(day: date) -> str:
    """What the names of all staging tables of a day begin with."""
    return f"day_{day_id(day)}_"


def _arrow(rows: pl.DataFrame, table: Table) -> pa.Table:
    """Returns the rows as Arrow with maps where the table has maps, which polars does not know."""
    arrow = rows.to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    for index, column in enumerate(table.stored):
        if column.type.startswith("Map("):
            lists = arrow.column(index).combine_chunks()
            pairs = lists.flatten()
            offsets = pc.subtract(lists.offsets, lists.offsets[0]).cast(pa.int32())
            keys_and_values = pa.MapArray.from_arrays(offsets, pairs.field("key"), pairs.field("value"))
            arrow = arrow.set_column(index, column.name, keys_and_values)
    return arrow
