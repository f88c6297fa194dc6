"""What the caller has asked: a person's own queries, or those of whoever holds a key."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.exc import SQLAlchemyError

from api.auth import Caller, Reader
from api.parts import FromApp, Parts
from api.shapes import Shown
from control import query_history
from control.query_history import MOST_PER_SUBJECT, Asked, Outcome

router = APIRouter(prefix="/v1/hql/history", tags=["HQL"])

log = logging.getLogger(__name__)


class PastQuery(Shown):
    sql: str
    parameters: dict[str, Any]
    """Values of the latest run; empty if they were long."""
    run_count: int
    """How often this very text was run."""
    ran_at: datetime
    """When it was run last, like all that follows."""
    elapsed_ms: float | None
    row_count: int | None
    error_code: str | None
    """Why the run gave no rows; null if it did."""


class History(Shown):
    queries: list[PastQuery]


@router.get("")
def history(caller: Reader, parts: FromApp, limit: Annotated[int, Query(ge=1, le=MOST_PER_SUBJECT)] = 100) -> History:
    """Lists the texts that the caller ran with `remember`, the latest first."""
    asked = query_history.of(parts.database, caller.organization_id, caller.subject, limit)
    return History(queries=[_shown(each) for each in asked])


@router.delete("", status_code=204)
def forget(caller: Reader, parts: FromApp) -> None:
    """Forgets everything the caller has asked."""
    query_history.forget(parts.database, caller.organization_id, caller.subject)


def remember(parts: Parts, caller: Caller, sql: str, parameters: Mapping[str, Any], outcome: Outcome) -> None:
    """Notes a run. A history that cannot be written is no reason for a query to fail."""
    try:
        query_history.note(
            parts.database, caller.organization_id, caller.subject, sql, parameters, outcome, now=parts.now()
        )
    except SQLAlchemyError as error:
        log.warning("a query is not in its caller's history: %r", error)


def _shown(asked: Asked) -> PastQuery:
    return PastQuery(
        sql=asked.sql,
        parameters=dict(asked.parameters),
        run_count=asked.run_count,
        ran_at=asked.ran_at,
        elapsed_ms=asked.outcome.elapsed_ms,
        row_count=asked.outcome.row_count,
        error_code=asked.outcome.error_code,
    )
