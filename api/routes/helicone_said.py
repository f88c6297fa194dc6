"""Scores, feedback and properties under Helicone's paths and in its shapes: its clients change the host alone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field, StrictBool

from api.auth import Teller
from api.days_of import day_of_request, day_of_session
from api.helicone_envelope import DOCUMENTED, PlainHeliconeRoute, data
from api.parts import FromApp
from api.routes.said import SessionId
from api.saying import (
    HELICONES_FEEDBACK,
    MOST_AT_ONCE,
    About,
    GivenFeedback,
    GivenScore,
    Name,
    Number,
    PropertyValue,
    allowed,
    property_edits,
)
from api.shapes import Received
from warehouse.record import Feedback, Score

router = APIRouter(prefix="/v1", tags=["Helicone"], route_class=PlainHeliconeRoute, responses=DOCUMENTED)


class Scores(Received):
    scores: Annotated[dict[Name, StrictBool | Number], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Rating(Received):
    rating: StrictBool


class Property(Received):
    key: Name
    value: PropertyValue


@router.post("/request/{request_id}/score")
def score(request_id: UUID, body: Scores, caller: Teller, parts: FromApp) -> Response:
    """Judges a request by several names at once; the one that feedback has among Helicone's scores is feedback."""
    about = About(caller.organization_id, parts.now(), request_id=request_id)
    scores = [GivenScore(name=name, value=value) for name, value in body.scores.items() if name != HELICONES_FEEDBACK]
    records: list[Score | Feedback] = [about.score(each) for each in allowed(scores)]
    if HELICONES_FEEDBACK in body.scores:
        records.append(about.feedback(GivenFeedback(rating=bool(body.scores[HELICONES_FEEDBACK]))))
    parts.spooled.keep(records, day_of_request(parts, caller.organization_id, request_id))
    return data(None)


@router.post("/request/{request_id}/feedback")
def feedback(request_id: UUID, body: Rating, caller: Teller, parts: FromApp) -> Response:
    """Keeps what an end user thought of a request."""
    record = About(caller.organization_id, parts.now(), request_id=request_id).feedback(
        GivenFeedback(rating=body.rating)
    )
    parts.spooled.keep([record], day_of_request(parts, caller.organization_id, request_id))
    return data(None)


@router.put("/request/{request_id}/property")
def set_property(request_id: UUID, body: Property, caller: Teller, parts: FromApp) -> Response:
    """Sets one property of a request."""
    records = property_edits(caller.organization_id, request_id, {body.key: body.value}, parts.now())
    parts.spooled.keep(records, day_of_request(parts, caller.organization_id, request_id))
    return data(None)


@router.post("/session/{session_id:path}/feedback")
def session_feedback(session_id: SessionId, body: Rating, caller: Teller, parts: FromApp) -> Response:
    """Keeps what an end user thought of a session."""
    record = About(caller.organization_id, parts.now(), session_id=session_id).feedback(
        GivenFeedback(rating=body.rating)
    )
    parts.spooled.keep([record], day_of_session(parts, caller.organization_id, session_id))
    return data(None)
