"""Routes that an organization has named: models, and how the gateway chooses among those who serve them.

What a list of models means is not known here: the api reads it before it keeps one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from control import epochs
from control.clock import utc
from control.database import upsert
from control.errors import InvalidValue
from control.tables import routes

EPOCH = "routes"
"""The epoch that grows with every change of the table."""

Strategy = Literal["ordered", "cheapest", "latency", "weighted"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
_MOST_MODELS_CHARACTERS = 4096
_MOST_PER_ORGANIZATION = 200


@dataclass(frozen=True)
class Route:
    """One named route."""

    name: str
    models: str
    """Models as callers write them, such as `gpt-4o/azure, gpt-4o/openai`."""
    strategy: Strategy = "ordered"
    weights: Mapping[str, float] = field(default_factory=dict)
    """By provider, for the strategy `weighted`."""


def put(
    engine: Engine, organization_id: UUID, route: Route, *, by: str | None = None, now: datetime | None = None
) -> None:
    """Makes the route, or changes the one of that name. Raises InvalidValue."""
    _check(route)
    changed = {
        "models": route.models,
        "strategy": route.strategy,
        "weights": dict(route.weights),
        "changed_at": utc(now),
        "changed_by": by,
    }
    key = {"organization_id": organization_id, "name": route.name}
    with engine.begin() as connection:
        epochs.bump_within(connection, EPOCH)
        insert = upsert(connection, routes).values(key | changed)
        connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=changed))
        mine = sa.select(sa.func.count()).where(routes.c.organization_id == organization_id)
        if connection.execute(mine).scalar_one() > _MOST_PER_ORGANIZATION:
            raise InvalidValue(f"an organization has at most {_MOST_PER_ORGANIZATION} routes; delete one first")


def in_organization(engine: Engine, organization_id: UUID) -> list[Route]:
    """Returns the organization's routes by name."""
    return [route for owner, route in _read(engine, routes.c.organization_id == organization_id)]


def everyones(engine: Engine) -> tuple[int, dict[UUID, dict[str, Route]]]:
    """Returns the epoch and every organization's routes by name; what is read is at least as new as the epoch."""
    version = epochs.current(engine, EPOCH)
    found: dict[UUID, dict[str, Route]] = {}
    for owner, route in _read(engine, sa.true()):
        found.setdefault(owner, {})[route.name] = route
    return version, found


def remove(engine: Engine, organization_id: UUID, name: str) -> bool:
    """Deletes a route; False if the organization has none of that name."""
    mine = (routes.c.organization_id == organization_id) & (routes.c.name == name)
    with engine.begin() as connection:
        epochs.bump_within(connection, EPOCH)
        return connection.execute(sa.delete(routes).where(mine)).rowcount > 0


def _read(engine: Engine, condition: sa.ColumnElement[bool]) -> list[tuple[UUID, Route]]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(routes).where(condition).order_by(routes.c.name)).all()
    return [(row.organization_id, Route(row.name, row.models, row.strategy, row.weights)) for row in rows]


def _check(route: Route) -> None:
    if not _NAME.fullmatch(route.name):
        raise InvalidValue("a route's name has 1 to 128 letters, digits and signs of `._:/-`, such as `fast`")
    if not route.models.strip() or len(route.models) > _MOST_MODELS_CHARACTERS:
        raise InvalidValue(f"`models` has 1 to {_MOST_MODELS_CHARACTERS} characters, such as `gpt-4o/azure, gpt-4o`")
    if route.strategy not in STRATEGIES:
        raise InvalidValue(f"`strategy` is one of: {', '.join(STRATEGIES)}")
    if any(not 0 <= weight <= 1e9 for weight in route.weights.values()):
        raise InvalidValue("a weight is a number from 0 to 1,000,000,000")
