"""What people may say of a request or a session, as the api takes it, and the records it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StringConstraints

from api.errors import BadRequest
from api.shapes import Received
from warehouse.record import Feedback, PropertyEdit, Score, ScoreType, new_request_id

MOST_AT_ONCE = 100
HELICONES_FEEDBACK = "helicone-score-feedback"
"""The name under which Helicone has feedback among its scores."""
_RESERVED = ("feedback", HELICONES_FEEDBACK)
"""Feedback stands among the scores under the first, and is looked for under the other by who knows Helicone."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Source = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
Comment = Annotated[str, StringConstraints(max_length=10_000)]
Category = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Number = Annotated[StrictInt, Field(ge=-(2**53), le=2**53)] | Annotated[StrictFloat, Field(allow_inf_nan=False)]
"""What a 64-bit float holds exactly, or as it was sent."""
Value = StrictBool | Number | Category
PropertyValue = Annotated[str, StringConstraints(max_length=10_000)]


class GivenScore(Received):
    """One judgement."""

    name: Name
    """What was judged, such as `helpfulness`."""
    value: Value
    """A number, true or false, or the name of a category."""
    source: Source = "api"
    """Who judged, such as `eval`."""
    comment: Comment | None = None
    """Why."""


class GivenScores(Received):
    scores: Annotated[list[GivenScore], Field(min_length=1, max_length=MOST_AT_ONCE)]


class GivenFeedback(Received):
    """An end user's opinion."""

    rating: StrictBool
    """Whether it was good."""
    source: Source = "user"
    """Whose opinion it is."""
    comment: Comment | None = None
    """Why."""


class GivenProperties(Received):
    properties: Annotated[dict[Name, PropertyValue | None], Field(min_length=1, max_length=MOST_AT_ONCE)]
    """New values by name; null removes a property."""


@dataclass(frozen=True)
class About:
    """Which request or session something is said of, by whom, and when."""

    organization_id: UUID
    now: datetime
    request_id: UUID | None = None
    session_id: str | None = None

    def score(self, given: GivenScore) -> Score:
        value_type, value, category = _typed(given.value)
        return Score(
            score_id=new_request_id(self.now),
            organization_id=self.organization_id,
            created_at=self.now,
            request_id=self.request_id,
            session_id=self.session_id,
            name=given.name,
            value_type=value_type,
            value=value,
            category=category,
            source=given.source,
            comment=given.comment,
        )

    def feedback(self, given: GivenFeedback) -> Feedback:
        return Feedback(
            score_id=new_request_id(self.now),
            organization_id=self.organization_id,
            created_at=self.now,
            request_id=self.request_id,
            session_id=self.session_id,
            rating=given.rating,
            source=given.source,
            comment=given.comment,
        )


def allowed(scores: Sequence[GivenScore]) -> Sequence[GivenScore]:
    """Returns the scores; raises BadRequest if one has a name that only feedback has."""
    for each in scores:
        if each.name in _RESERVED:
            raise BadRequest(
                "reserved_name",
                f"`{each.name}` is the name of what end users say, not of a score",
                hint='POST it to …/feedback as {"rating": true}, or choose another name',
            )
    return scores


def property_edits(
    organization_id: UUID, request_id: UUID, properties: Mapping[str, str | None], now: datetime
) -> Sequence[PropertyEdit]:
    """Names are in small letters, as those that headers gave."""
    return [
        PropertyEdit(
            edit_id=new_request_id(now),
            organization_id=organization_id,
            created_at=now,
            request_id=request_id,
            name=name.lower(),
            value=value,
        )
        for name, value in properties.items()
    ]


def _typed(value: bool | float | str) -> tuple[ScoreType, float | None, str | None]:
    if isinstance(value, str):
        return "category", None, value
    return ("boolean" if isinstance(value, bool) else "float"), float(value), None
