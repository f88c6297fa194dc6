"""What the engine expects a query to read, before it reads it: no more of it than says nothing of others' rows."""

from dataclasses import dataclass

from hql.serving.connections import Connections, Question
from hql.serving.execute import rows
from hql.serving.own_reads import TOLD_WHOLE

_GRANULE_ROWS = 8192


@dataclass(frozen=True)
class Estimate:
    """What a query reads of one stored table."""

    table: str
    rows: int
    """Rows to read, at most as many as the organization has; all of them if it has few."""
    parts: int
    """Files of the table that hold some of them."""
    granules: int
    """Blocks of rows to read, as many as these rows fill: the unit in which the engine reads."""


def explain(
    connections: Connections, question: Question, database: str, tables: tuple[str, ...]
) -> tuple[Estimate, ...]:
    """Returns what is read of each of the query's tables, sorted by name; raises HqlError.

    A table of which the organization has nothing has no estimate. Of many rows, one that nothing is read of has none
    either, nor has one that a subquery in a condition reads: the engine plans those apart. Subqueries that give one
    value may be computed, as what is read can depend on them.
    """
    told = rows(connections, question, f"EXPLAIN ESTIMATE {question.sql}")
    found = {
        str(table): (_number(row_count), _number(parts))
        for stored_in, table, parts, row_count, _ in told
        if stored_in == database
    }
    owned = _owned(connections, question, database, tables) if tables else {}
    return tuple(
        _estimate(table, *found.get(table, (0, 0)), *owned[table])
        for table in sorted(tables)
        if owned[table][0] and (table in found or owned[table][0] < TOLD_WHOLE)
    )


def _estimate(table: str, row_count: int, parts: int, own_rows: int, own_parts: int) -> Estimate:
    # The engine counts whole granules, which at their ends hold rows of other organizations, or of others alone: that
    # it would open one tells that somebody has rows on that day. Counts of reading are told likewise.
    is_whole = own_rows < TOLD_WHOLE
    row_count = own_rows if is_whole else min(row_count, own_rows)
    parts = own_parts if is_whole else min(parts, own_parts)
    return Estimate(table, row_count, parts, max(parts, -(-row_count // _GRANULE_ROWS)))


def _owned(
    connections: Connections, question: Question, database: str, tables: tuple[str, ...]
) -> dict[str, tuple[int, int]]:
    """How many rows of each table the organization has, and in how many parts."""
    sql = " UNION ALL ".join(
        f"SELECT '{table}', count(), uniqExact(_part) FROM {database}.{table} "  # noqa: S608 -- the names are ours
        f"PREWHERE organization_id = toUUID('{question.organization_id}')"
        for table in tables
    )
    told = rows(connections, question, sql)
    return {str(table): (_number(count), _number(parts)) for table, count, parts in told}


def _number(value: object) -> int:
    return int(str(value))
