"""Scores, feedback and properties: what is said of a request or a session afterwards.

Whatever is answered 202 is kept as safely as a recorded call, and shown in the tables a few seconds later. Whether the
request exists is not asked: it may have ended a moment ago.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from api.auth import Teller
from api.days_of import day_of_request, day_of_session
from api.parts import FromApp
from api.saying import About, GivenFeedback, GivenProperties, GivenScores, allowed, property_edits
from api.shapes import Shown

router = APIRouter(prefix="/v1", tags=["scores"])

SessionId = Annotated[str, Path(min_length=1, max_length=500)]


class Kept(Shown):
    ids: list[UUID]
    """Ids of what was kept, in the order it was sent."""


@router.post("/requests/{request_id}/scores", status_code=202)
def score_request(request_id: UUID, body: GivenScores, caller: Teller, parts: FromApp) -> Kept:
    """Judges a request; a name judged again by the same source replaces the earlier judgement in `latest_scores`."""
    about = About(caller.organization_id, parts.now(), request_id=request_id)
    records = [about.score(each) for each in allowed(body.scores)]
    parts.spooled.keep(records, day_of_request(parts, caller.organization_id, request_id))
    return Kept(ids=[each.score_id for each in records])


@router.post("/requests/{request_id}/feedback", status_code=202)
def rate_request(request_id: UUID, body: GivenFeedback, caller: Teller, parts: FromApp) -> Kept:
    """Keeps what an end user thought of a request."""
    record = About(caller.organization_id, parts.now(), request_id=request_id).feedback(body)
    parts.spooled.keep([record], day_of_request(parts, caller.organization_id, request_id))
    return Kept(ids=[record.score_id])


@router.patch("/requests/{request_id}/properties", status_code=202)
def edit_properties(request_id: UUID, body: GivenProperties, caller: Teller, parts: FromApp) -> Kept:
    """Sets properties of a request, or removes them with null; others stay as they are."""
    records = property_edits(caller.organization_id, request_id, body.properties, parts.now())
    parts.spooled.keep(records, day_of_request(parts, caller.organization_id, request_id))
    return Kept(ids=[each.edit_id for each in records])


@router.post("/sessions/{session_id:path}/scores", status_code=202)
def score_session(session_id: SessionId, body: GivenScores, caller: Teller, parts: FromApp) -> Kept:
    """Judges a whole session."""
    about = About(caller.organization_id, parts.now(), session_id=session_id)
    records = [about.score(each) for each in allowed(body.scores)]
    parts.spooled.keep(records, day_of_session(parts, caller.organization_id, session_id))
    return Kept(ids=[each.score_id for each in records])


@router.post("/sessions/{session_id:path}/feedback", status_code=202)
def rate_session(session_id: SessionId, body: GivenFeedback, caller: Teller, parts: FromApp) -> Kept:
    """Keeps what an end user thought of a whole session."""
    record = About(caller.organization_id, parts.now(), session_id=session_id).feedback(body)
    parts.spooled.keep([record], day_of_session(parts, caller.organization_id, session_id))
    return Kept(ids=[record.score_id])
