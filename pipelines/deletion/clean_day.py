"""Deletes requests from one day: from its raw segments, its tables, its quarantine and its derived tables.

It holds the day's lease, so nobody loads meanwhile; readers see the day as it was until a table's day is replaced. It
may die at any step: the raw log is emptied first, what is said of a request leaves before the request by which it is
found, and whoever comes next does what is left.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from clickhouse_connect.driver.client import Client

from pipelines.blanking.late_deletions import begun_at
from pipelines.blanking.segment import blank_segment
from pipelines.blanking.selections import DeletedLines, Selection
from pipelines.deletion.doomed import TABLES, Doomed, Gone, doomed
from pipelines.loading import quarantine
from pipelines.loading.day_lease import DayLease, day_lease
from pipelines.loading.loader import Loader
from pipelines.loading.prolonged import prolonged
from pipelines.loading.segments import read_rows
from pipelines.statements import statement
from warehouse.clickhouse import warehouse_errors
from warehouse.object_store import NotFound
from warehouse.rawlog.keys import day_prefix
from warehouse.tables import REQUESTS, Table

Counts = dict[str, int]
"""Requests and raw lines that were deleted."""


@dataclass
class Cleaner:
    """Deletes from days of one warehouse and its raw log."""

    loader: Loader
    connect: Callable[[], Client]
    """Gives a client that waits for long statements; called at the first use."""

    @cached_property
    def client(self) -> Client:
        return self.connect()

    def clean(
        self, day: date, selections: Sequence[Selection], *, orphans_of: Collection[int] = (), drops_empty: bool = False
    ) -> list[Counts]:
        """Deletes what the selections take and returns how much, for each of them.

        `orphans_of` numbers selections of which also that is deleted what is said of requests that are gone already.
        Raises DayTaken, LeaseLost, StoreUnavailable or WarehouseError.
        """
        at = self.loader.at
        at("lease")
        with day_lease(self.loader.engine, day, self.loader.holder) as lease, prolonged(lease):
            self.loader.days.discard_staged(day)
            at("mark")
            with doomed(self.client, day) as marked:
                marked.mark(selections, orphans_of)
                gone = {table: marked.gone(table) for table in TABLES}
                row_counts = marked.counts(selections)
                deleted = self._blank(day, selections, gone, lease, drops_empty=drops_empty)
                is_changed = any(each.row_count for each in gone.values())
                if is_changed:
                    self._journal(day, gone)
                    self._replace(day, marked, gone, lease)
        # Stale is also a day that somebody left after its requests were replaced.
        if is_changed or any(deleted.counts) or day in self.loader.days.stale_days():
            at("derive")
            self.loader.derive(day)
        # Rows have lines, and lines of what was not loaded yet have no rows; somebody may have died between the two.
        return [
            {"requests": max(rows, of_lines), "raw_lines": lines}
            for rows, of_lines, lines in zip(row_counts, deleted.request_counts, deleted.counts, strict=True)
        ]

    def unaccounted(self, day: date, selections: Collection[Selection]) -> set[str]:
        """Returns segments that may hold such requests without a row that tells: rejected, doubled or not loaded."""
        with warehouse_errors():
            rows = self.client.query(statement("accounted_segments"), parameters={"day": day}).result_rows
        accounted = {segment for (segment,) in rows}
        listed = {found.key for found in self.loader.store.list_after(day_prefix(day))}
        return {key for key in listed - accounted if any(each.reaches(begun_at(key)) for each in selections)}

    def _blank(
        self,
        day: date,
        selections: Sequence[Selection],
        gone: dict[Table, Gone],
        lease: DayLease,
        *,
        drops_empty: bool,
    ) -> DeletedLines:
        deleted = DeletedLines(selections, frozenset().union(*(each.said_ids for each in gone.values())))
        unaccounted = self.unaccounted(day, selections)
        for key in sorted(unaccounted.union(*(each.rows_by_segment for each in gone.values()))):
            lease.check()
            self.loader.at("blank")
            is_blanked = blank_segment(self.loader.store, key, deleted, drops_empty=drops_empty)
            if is_blanked and key in unaccounted:
                self._write_quarantine_anew(key)
        return deleted

    def _write_quarantine_anew(self, key: str) -> None:
        """Reasons may quote what they are about."""
        try:
            rejected = read_rows(self.loader.store, key).rejected
        except NotFound:
            rejected = ()
        quarantine.put(self.loader.store, key, rejected)

    def _journal(self, day: date, gone: dict[Table, Gone]) -> None:
        """Says how many rows are left of each segment, before they are: done again, it says the same."""
        with warehouse_errors():
            latest = list(self.client.query(statement("latest_loads"), parameters={"day": day}).named_results())
        requests = gone[REQUESTS].rows_by_segment
        rows = []
        for row in latest:
            segment = row["segment"]
            said = sum(each.rows_by_segment.get(segment, 0) for table, each in gone.items() if table is not REQUESTS)
            if segment in requests or said:
                left = {
                    "row_count": row["row_count"] - requests.get(segment, 0),
                    "said_count": row["said_count"] - said,
                }
                rows.append(row | left | {"loaded_at": self.loader.clock()})
        if rows:
            self.loader.at("journal")
            self.loader.days.journal(rows)

    def _replace(self, day: date, marked: Doomed, gone: dict[Table, Gone], lease: DayLease) -> None:
        def publish() -> None:
            lease.check()
            self.loader.at("publish")

        for table in TABLES:
            if gone[table].row_count:
                self.loader.at("copy")
                with self.loader.days.replace(table, day, publish) as staged:
                    staged.row_count = marked.copy_others(table, staged.name)
