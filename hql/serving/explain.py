"""What the engine expects a query to read, before it reads it."""

from dataclasses import dataclass

from hql.serving.connections import Connections, Question
from hql.serving.execute import rows


@dataclass(frozen=True)
class Estimate:
    """What a query reads of one stored table."""

    table: str
    rows: int
    """Rows to read, at most as many as the organization has."""
    parts: int
    """Files of the table that hold some of them."""
    granules: int
    """Blocks of rows to read: the unit in which the engine reads."""


def explain(connections: Connections, question: Question, database: str) -> tuple[Estimate, ...]:
    """Returns what is read of each table, sorted by name; raises HqlError.

    A table that nothing is read of has no estimate, nor has one that a subquery in a condition reads: the engine plans
    those apart. Subqueries that give one value may be computed, as what is read can depend on them.
    """
    told = rows(connections, question, f"EXPLAIN ESTIMATE {question.sql}")
    found = {str(table): tuple(map(_number, numbers)) for stored_in, table, *numbers in told if stored_in == database}
    owned = _owned(connections, question, database, sorted(found)) if found else {}
    # The engine counts whole granules, which at their ends hold rows of other organizations, or of others alone.
    return tuple(
        Estimate(table, min(row_count, owned[table]), parts, granules)
        for table, (parts, row_count, granules) in sorted(found.items())
        if owned[table]
    )


def _owned(connections: Connections, question: Question, database: str, tables: list[str]) -> dict[str, int]:
    """How many rows of each table the organization has."""
    sql = " UNION ALL ".join(
        f"SELECT '{table}', count() FROM {database}.{table} "  # noqa: S608 -- the names are the engine's own
        f"PREWHERE organization_id = toUUID('{question.organization_id}')"
        for table in tables
    )
    return {str(table): _number(count) for table, count in rows(connections, question, sql)}


def _number(value: object) -> int:
    return int(str(value))
