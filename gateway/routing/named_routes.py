"""Routes that have a name, given by the operator or by an organization: models, and how to choose who serves them.

A caller takes one with the header `Weir-Route: <name>`, or by writing its name where the model is named. What an
organization has named itself wins over what the operator calls so.
"""

import asyncio
import logging
from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from control import epochs
from control.routes import EPOCH, Strategy, everyones
from gateway.errors import BadRequest

_logger = logging.getLogger(__name__)


class NamedRoute(BaseModel):
    """One route, as WEIR_ROUTES describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: str
    """The models in the grammar of `providers/models/model_string.py`, such as `gpt-4o/azure, gpt-4o/openai`."""
    strategy: Strategy = "ordered"
    weights: dict[str, float] = Field(default_factory=dict)
    """By provider, for the strategy `weighted`."""


class NamedRoutes:
    """The routes of every organization, as `caller/refreshing.py` has them read again."""

    def __init__(self, engine: Engine, operators: Mapping[str, NamedRoute]) -> None:
        self._engine = engine
        self._operators = dict(operators)
        self._version: int | None = None
        self._organizations: dict[UUID, dict[str, NamedRoute]] = {}

    def of(self, organization_id: UUID) -> Mapping[str, NamedRoute]:
        """Returns the routes that an organization's callers can take, by name."""
        return self._organizations.get(organization_id, self._operators)

    async def refresh(self) -> None:
        """Reads the routes if one has changed; keeps what is known if that fails."""
        try:
            await asyncio.to_thread(self._read)
        except SQLAlchemyError as error:
            # The key cache, which asks the same database, says since when and for how long.
            _logger.debug("routes cannot be read: %s", type(error).__name__)

    def _read(self) -> None:
        if epochs.current(self._engine, EPOCH) == self._version:
            return
        version, found = everyones(self._engine)
        self._organizations = {
            organization_id: self._operators
            | {
                name: NamedRoute(models=route.models, strategy=route.strategy, weights=dict(route.weights))
                for name, route in own.items()
            }
            for organization_id, own in found.items()
        }
        self._version = version


def named_route(routes: Mapping[str, NamedRoute], ours: dict[str, str], model: str | None) -> NamedRoute | None:
    """Returns the route a call takes, if it takes one. Raises BadRequest for a name that nothing has."""
    name = ours.get("route")
    if name is None:
        return routes.get(model) if model is not None else None
    found = routes.get(name.strip())
    if found is None:
        known = ", ".join(sorted(routes)) or "none; PUT /v1/routes/{name} at the api makes one"
        raise BadRequest(f"header `Weir-Route` is `{name[:80]}`; the routes are: {known}")
    return found
