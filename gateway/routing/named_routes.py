"""Routes that the operator has given a name: models, and how to choose among those who serve them.

A caller takes one with the header `Weir-Route: <name>`, or by writing its name where the model is named.
"""

from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import BadRequest
from gateway.routing.strategies import Strategy


class NamedRoute(BaseModel):
    """One route, as WEIR_ROUTES describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: str
    """The models in the grammar of `providers/models/model_string.py`, such as `gpt-4o/azure, gpt-4o/openai`."""
    strategy: Strategy = "ordered"
    weights: dict[str, float] = Field(default_factory=dict)
    """By provider, for the strategy `weighted`."""


def named_route(routes: dict[str, NamedRoute], ours: dict[str, str], model: str | None) -> NamedRoute | None:
    """Returns the route a call takes, if it takes one. Raises BadRequest for a name that nothing has."""
    name = ours.get("route")
    if name is None:
        return routes.get(model) if model is not None else None
    found = routes.get(name.strip())
    if found is None:
        known = ", ".join(sorted(routes)) or "none, for the operator has named none in WEIR_ROUTES"
        raise BadRequest(f"header `Weir-Route` is `{name[:80]}`; the routes are: {known}")
    return found
