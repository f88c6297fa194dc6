"""What is said of the demo's calls afterwards: users' feedback, an evaluator's scores, and properties set late."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random

from warehouse.record import Exchange, Feedback, PropertyEdit, Said, Score, ScoreType, new_request_id

_RATED = 0.06
_EVALUATED = 0.1
_MENDED = 0.002
_COMPLAINTS = ("wrong order number", "too long", "did not answer the question", "out of date", None, None)


def judgements(calls: Iterable[Exchange], dice: Random, until: datetime) -> Iterator[Said]:
    """Yields what was said of the calls before that moment; slow answers please less."""
    for call in calls:
        if call.status_code != 200 or call.error_type is not None or call.response_preview is None:
            continue
        at = call.completed_at + timedelta(seconds=dice.uniform(2, 90))
        if at >= until:
            continue
        is_good = dice.random() < 0.92 - min((call.latency_ms or 0) / 40_000, 0.4)
        if call.session_id and dice.random() < _RATED:
            yield _feedback(call, at, dice, is_good=is_good)
        if dice.random() < _EVALUATED:
            yield from _evaluation(call, at, dice, is_good=is_good)
        if dice.random() < _MENDED:
            yield PropertyEdit(
                edit_id=new_request_id(at),
                organization_id=call.organization_id,
                created_at=at,
                request_id=call.request_id,
                name="reviewed",
                value="yes",
            )


def _feedback(call: Exchange, at: datetime, dice: Random, *, is_good: bool) -> Feedback:
    return Feedback(
        score_id=new_request_id(at),
        organization_id=call.organization_id,
        created_at=at,
        request_id=call.request_id,
        rating=is_good,
        comment=None if is_good else dice.choice(_COMPLAINTS),
    )


def _evaluation(call: Exchange, at: datetime, dice: Random, *, is_good: bool) -> Iterator[Score]:
    helpfulness = dice.betavariate(8, 2) if is_good else dice.betavariate(3, 4)
    values: tuple[tuple[str, ScoreType, float | None, str | None], ...] = (
        ("helpfulness", "float", round(helpfulness, 2), None),
        ("grounded", "boolean", float(is_good or dice.random() < 0.5), None),
        ("tone", "category", None, dice.choice(("friendly", "neutral", "curt"))),
    )
    for name, value_type, value, category in values:
        yield Score(
            score_id=new_request_id(at),
            organization_id=call.organization_id,
            created_at=at,
            request_id=call.request_id,
            name=name,
            value_type=value_type,
            value=value,
            category=category,
            source="eval",
        )
