"""What a person, or whoever holds a key, has asked: each text once, with how its latest run went."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control.clock import utc
from control.database import upsert
from control.tables import query_history

MOST_PER_SUBJECT = 200
"""Of each subject the texts that were run last are kept."""

_MOST_PARAMETER_CHARACTERS = 4000


@dataclass(frozen=True)
class Outcome:
    """How a run went."""

    elapsed_ms: float | None = None
    row_count: int | None = None
    """None if the query failed."""
    error_code: str | None = None


@dataclass(frozen=True)
class Asked:
    """One text."""

    sql: str
    parameters: Mapping[str, Any]
    """The values of the latest run; empty if they were long."""
    run_count: int
    ran_at: datetime
    outcome: Outcome


def note(
    engine: Engine,
    organization_id: UUID,
    subject: str,
    sql: str,
    parameters: Mapping[str, Any],
    outcome: Outcome,
    *,
    now: datetime | None = None,
) -> None:
    """Remembers a run, and forgets the subject's oldest text if there are too many."""
    whose = {"organization_id": organization_id, "subject": subject}
    told = {
        "sql": sql,
        "parameters": dict(parameters) if len(json.dumps(parameters)) <= _MOST_PARAMETER_CHARACTERS else {},
        "ran_at": utc(now),
        "elapsed_ms": outcome.elapsed_ms,
        "row_count": outcome.row_count,
        "error_code": outcome.error_code,
    }
    name = {**whose, "sql_sha256": hashlib.sha256(sql.encode()).hexdigest()}
    with engine.begin() as connection:
        insert = upsert(connection, query_history).values(**name, **told, run_count=1)
        again = {**told, "run_count": query_history.c.run_count + 1}
        connection.execute(insert.on_conflict_do_update(index_elements=list(name), set_=again))
        mine = _of(organization_id, subject)
        newest_first = query_history.c.ran_at.desc()
        oldest = (
            sa.select(query_history.c.ran_at).where(mine).order_by(newest_first).offset(MOST_PER_SUBJECT - 1).limit(1)
        )
        connection.execute(sa.delete(query_history).where(mine, query_history.c.ran_at < oldest.scalar_subquery()))


def of(engine: Engine, organization_id: UUID, subject: str, limit: int = MOST_PER_SUBJECT) -> list[Asked]:
    """Returns what the subject asked, the latest first."""
    query = sa.select(query_history).where(_of(organization_id, subject)).order_by(query_history.c.ran_at.desc())
    with engine.connect() as connection:
        return [_asked(row) for row in connection.execute(query.limit(limit))]


def forget(engine: Engine, organization_id: UUID, subject: str) -> None:
    """Deletes everything that is remembered of the subject."""
    with engine.begin() as connection:
        connection.execute(sa.delete(query_history).where(_of(organization_id, subject)))


def _of(organization_id: UUID, subject: str) -> sa.ColumnElement[bool]:
    return (query_history.c.organization_id == organization_id) & (query_history.c.subject == subject)


def _asked(row: sa.Row[Any]) -> Asked:
    outcome = Outcome(row.elapsed_ms, row.row_count, row.error_code)
    return Asked(row.sql, row.parameters, row.run_count, row.ran_at, outcome)
