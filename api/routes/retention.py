"""For how many days the organization keeps what is recorded of its calls."""

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import Field

from api.auth import Manager
from api.parts import FromApp
from api.shapes import Received, Shown
from control import retention
from control.retention import MOST_DAYS, Retention

router = APIRouter(prefix="/v1/organization/retention", tags=["deletions"])


class Rule(Received):
    days: int | None = Field(ge=1, le=MOST_DAYS, examples=[90])
    """Whole UTC days that are kept beside the present one; null keeps everything."""


class ShownRule(Shown):
    days: int | None
    changed_at: datetime | None
    changed_by: str | None
    applied_until: date | None
    """Everything before this day is deleted; null while nothing was."""


@router.get("")
def get_retention(caller: Manager, parts: FromApp) -> ShownRule:
    """Says how long what is recorded is kept."""
    return _shown(retention.of(parts.database, caller.organization_id))


@router.put("")
def put_retention(body: Rule, caller: Manager, parts: FromApp) -> ShownRule:
    """Sets how long what is recorded is kept; what is older is deleted once a day, and cannot be brought back."""
    rule = retention.put(parts.database, caller.organization_id, body.days, by=caller.name, now=parts.now())
    return _shown(rule)


def _shown(rule: Retention) -> ShownRule:
    return ShownRule(
        days=rule.days, changed_at=rule.changed_at, changed_by=rule.changed_by, applied_until=rule.applied_until
    )
