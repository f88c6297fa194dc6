"""What filters offer and which colour each model has: what an organization's requests of three months show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.api_client.values import Answer
from app.page_parts.period import recent
from app.questions.question import Question
from app.viewer import Viewer, now

_DAYS = 90


@dataclass(frozen=True)
class Known:
    """What filters offer to choose from."""

    models: Sequence[str]
    providers: Sequence[str]
    properties: Sequence[str]


def known_values(viewer: Viewer) -> Known:
    """Returns models in the order they first appeared, providers and property names; empty where nobody can tell."""
    # Rounded to the day, so that the answer is remembered.
    start = recent("24h", now().replace(hour=0, minute=0, second=0, microsecond=0)).start - timedelta(days=_DAYS)
    parameters = {"start": f"{start:%Y-%m-%d} 00:00:00"}
    answers = viewer.ask({name: Question(name, parameters) for name in ("known_values", "known_properties")})
    values, properties = answers["known_values"], answers["known_properties"]
    return Known(
        models=[model for model in values.frame["model"].to_list() if model] if isinstance(values, Answer) else [],
        providers=sorted(set(values.frame["provider"].to_list())) if isinstance(values, Answer) else [],
        properties=properties.frame["property"].to_list() if isinstance(properties, Answer) else [],
    )
