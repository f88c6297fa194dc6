"""Up to when the data is there, and which part fails if it is old."""

from datetime import datetime
from importlib import resources
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api import health
from api.auth import Reader
from api.health import PartName, Problem
from api.parts import FromApp, Parts
from api.rows import first_row
from api.shapes import Shown
from hql.errors import LimitReached, Unavailable

router = APIRouter(prefix="/v1", tags=["requests"])

_FRESHNESS = resources.files("api").joinpath("freshness.sql").read_text(encoding="utf-8")


class ShownProblem(Shown):
    part: PartName
    message: str
    hint: str


class Freshness(Shown):
    checked_at: datetime
    last_loaded_at: datetime | None = None
    """When the organization's newest row became queryable; null where it has none."""
    last_created_at: datetime | None = None
    """When the newest request that can be queried was received."""
    row_count: int | None = None
    recent_count: int | None = None
    """Rows loaded in the last hour."""
    lag_ms_p50: float | None = None
    """From a response's end until its row could be queried, over the last hour; null where nothing was loaded."""
    lag_ms_p95: float | None = None
    pending_segments: int | None = None
    """Segments that wait to be loaded, of all organizations; null where the loader does not tell."""
    problems: list[ShownProblem] = []
    """Parts that do not work; empty when all is well."""


@router.get("/freshness")
def freshness(caller: Reader, parts: FromApp) -> Freshness:
    """Says how old the newest row is, how long rows take to arrive, and what is broken."""
    now = parts.now()
    beat = health.loader_beat(parts)
    measured, warehouse = _measure(caller.organization_id, parts)
    problems = [warehouse, health.try_object_store(parts), health.problem_of_pipelines(beat, now)]
    return Freshness(
        checked_at=now,
        pending_segments=beat.counts.get("pending_segments") if beat else None,
        problems=[
            ShownProblem(part=each.part, message=each.message, hint=each.hint) for each in problems if each is not None
        ],
        **measured,
    )


def _measure(organization_id: UUID, parts: Parts) -> tuple[dict[str, Any], Problem | None]:
    try:
        row = first_row(parts.lookups.query(organization_id, _FRESHNESS).table)
    except (Unavailable, LimitReached) as error:
        return {}, health.warehouse_problem(error)
    if row is None or not row["row_count"]:
        return {"row_count": 0, "recent_count": 0}, None
    # A quantile of nothing is not a number.
    return {name: None if value != value else value for name, value in row.items()}, None
