"""Deletions: what was recorded of single requests, of an end user, or of the whole organization."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from api.auth import Manager
from api.errors import BadRequest, NotFound
from api.parts import FromApp
from api.shapes import Received, Shown
from control import deletions
from control.deletions import MOST_REQUEST_IDS, Deletion, State, Subject

router = APIRouter(prefix="/v1/deletions", tags=["deletions"])


class NewDeletion(Received):
    request_ids: list[UUID] | None = Field(default=None, min_length=1, max_length=MOST_REQUEST_IDS)
    """These requests."""
    user_id: str | None = Field(default=None, min_length=1, max_length=2000)
    """Every request made for this end user until now."""
    organization: Literal[True] | None = None
    """Every request of the organization until now."""


class ShownDeletion(Shown):
    id: UUID
    state: State
    """waiting; deleting; settling, while copies vanish and what was still under way arrives; done."""
    request_ids: list[UUID]
    user_id: str | None
    """Null once the deletion is done, which forgets the id."""
    organization: bool
    """Whether it deletes everything of the organization."""
    requested_at: datetime
    requested_by: str
    days_left: int | None
    """Days that are still to be looked through; null while that is not known or nothing is under way."""
    counts: Mapping[str, int]
    """What was deleted until now: `requests`; `raw_lines`, their records in the raw log and what is said of them;
    `query_results` and `cached_responses`, kept answers; and what else had a part of it."""
    problem: str | None
    """What it waits for."""
    finished_at: datetime | None
    """When nothing of it was left in any store."""


class ShownDeletions(Shown):
    deletions: list[ShownDeletion]


@router.post("", status_code=202)
def begin(body: NewDeletion, caller: Manager, parts: FromApp) -> ShownDeletion:
    """Begins a deletion, which cannot be taken back; say what by exactly one of the three fields."""
    if sum(each is not None for each in (body.request_ids, body.user_id, body.organization)) != 1:
        raise BadRequest(
            "invalid_request",
            "a deletion says what by exactly one of `request_ids`, `user_id` and `organization`",
            hint='send {"user_id": "…"}, {"request_ids": ["…"]} or {"organization": true}',
        )
    subject = Subject(request_ids=tuple(body.request_ids or ()), user_id=body.user_id)
    return _shown(deletions.ask(parts.database, caller.organization_id, subject, by=caller.name, now=parts.now()))


@router.get("")
def list_deletions(caller: Manager, parts: FromApp) -> ShownDeletions:
    """Lists the organization's latest deletions, the newest first."""
    found = deletions.in_organization(parts.database, caller.organization_id)
    return ShownDeletions(deletions=[_shown(each) for each in found])


@router.get("/{deletion_id}")
def one_deletion(deletion_id: UUID, caller: Manager, parts: FromApp) -> ShownDeletion:
    """Says how far a deletion is; done means every store."""
    found = deletions.find(parts.database, caller.organization_id, deletion_id)
    if found is None:
        raise NotFound("unknown_deletion", f"there is no deletion {deletion_id}", hint="GET /v1/deletions lists them")
    return _shown(found)


def _shown(deletion: Deletion) -> ShownDeletion:
    return ShownDeletion(
        id=deletion.id,
        state=deletion.state,
        request_ids=list(deletion.subject.request_ids),
        user_id=deletion.subject.user_id,
        organization=deletion.subject.is_organization,
        requested_at=deletion.requested_at,
        requested_by=deletion.requested_by,
        days_left=None if deletion.days_left is None else len(deletion.days_left),
        counts=dict(deletion.counts or {}),
        problem=deletion.problem,
        finished_at=deletion.finished_at,
    )
