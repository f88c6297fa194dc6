"""Texts in the application database that may tell of a user: queries that were run, and jobs with their results.

They go with the user's requests. A saved query that names the user stays, as somebody's work that others may rely on,
and is counted, so that people can look at it; an organization's saved queries go with all its requests.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from control.clock import utc
from control.query_jobs import ACTIVE
from control.tables import query_history, query_jobs, saved_queries

Names = Callable[[str, Any], bool]
"""Whether a text or its parameters name somebody."""


def stop_jobs(engine: Engine, organization_id: UUID, *, now: datetime | None = None) -> int:
    """Cancels the jobs that are under way: their results would hold rows of before. Returns how many."""
    active = (query_jobs.c.organization_id == organization_id) & query_jobs.c.state.in_(ACTIVE)
    change = sa.update(query_jobs).where(active).values(state="cancelled", finished_at=utc(now))
    with engine.begin() as connection:
        return connection.execute(change).rowcount


def forget_user(engine: Engine, organization_id: UUID, user_id: str) -> dict[str, int]:
    """Deletes what names the user, and returns how much by store."""

    def names(sql: str, parameters: Any) -> bool:
        escaped = (user_id, user_id.replace("'", "''"), user_id.replace("\\", "\\\\").replace("'", "\\'"))
        return any(each in sql for each in escaped) or user_id in json.dumps(parameters, ensure_ascii=False)

    return _forget(engine, organization_id, names, has_saved_queries=False)


def forget_organization(engine: Engine, organization_id: UUID) -> dict[str, int]:
    """Deletes everything of the organization that may name a user, and returns how much by store."""
    return _forget(engine, organization_id, lambda sql, parameters: True, has_saved_queries=True)


def _forget(engine: Engine, organization_id: UUID, names: Names, *, has_saved_queries: bool) -> dict[str, int]:
    with engine.begin() as connection:
        counts = {
            "query_history": _delete(connection, query_history, ("subject", "sql_sha256"), organization_id, names),
            "query_jobs": _delete(connection, query_jobs, ("id",), organization_id, names),
        }
        if has_saved_queries:
            counts["saved_queries"] = _delete(connection, saved_queries, ("id",), organization_id, names)
    return counts


def saved_queries_naming(engine: Engine, organization_id: UUID, user_id: str) -> int:
    """Returns how many saved queries name the user."""
    query = sa.select(saved_queries.c.sql, saved_queries.c.parameters)
    with engine.connect() as connection:
        rows = connection.execute(query.where(saved_queries.c.organization_id == organization_id)).all()
    return sum(user_id in row.sql or user_id in json.dumps(row.parameters, ensure_ascii=False) for row in rows)


def _delete(connection: Connection, table: sa.Table, key: tuple[str, ...], organization_id: UUID, names: Names) -> int:
    mine = table.c.organization_id == organization_id
    columns = [table.c[name] for name in key]
    found = [
        row
        for row in connection.execute(sa.select(*columns, table.c.sql, table.c.parameters).where(mine))
        if names(row.sql, row.parameters)
    ]
    for row in found:
        one = sa.and_(mine, *(column == value for column, value in zip(columns, row, strict=False)))
        connection.execute(sa.delete(table).where(one))
    return len(found)
