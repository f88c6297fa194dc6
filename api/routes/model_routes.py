"""The routes that the organization has named: models, and how the gateway chooses among those who serve them."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from api.auth import Manager
from api.errors import BadRequest, NotFound
from api.parts import FromApp
from api.shapes import Received, Shown
from control import routes
from control.routes import Route, Strategy
from providers.models.catalogue import Models
from providers.models.model_string import UnknownModel, read_model_string

router = APIRouter(prefix="/v1/routes", tags=["routes"])

Name = Annotated[str, Path(min_length=1, max_length=128)]


class Choice(Received):
    models: str = Field(examples=["gpt-4o/azure, gpt-4o/openai"])
    """Models as callers write them, in order."""
    strategy: Strategy = "ordered"
    weights: dict[str, float] = {}
    """By provider, for the strategy `weighted`."""


class ShownRoute(Shown):
    name: str
    models: str
    strategy: Strategy
    weights: dict[str, float]


class ShownRoutes(Shown):
    routes: list[ShownRoute]


@router.get("")
def list_routes(caller: Manager, parts: FromApp) -> ShownRoutes:
    """Lists the organization's routes by name."""
    return ShownRoutes(
        routes=[_shown(route) for route in routes.in_organization(parts.database, caller.organization_id)]
    )


@router.put("/{name:path}")
def put_route(name: Name, body: Choice, caller: Manager, parts: FromApp) -> ShownRoute:
    """Makes a route or changes it. The gateway takes it within seconds for `Weir-Route` or for a model of its name."""
    try:
        read_model_string(body.models, Models(parts.catalog), parts.catalog)
    except UnknownModel as error:
        raise BadRequest("unknown_model", str(error)) from None
    strangers = [provider for provider in body.weights if parts.catalog.get(provider) is None]
    if strangers:
        raise BadRequest("unknown_provider", f"`weights` names `{strangers[0]}`, which is no provider's id")
    route = Route(name, body.models, body.strategy, body.weights)
    routes.put(parts.database, caller.organization_id, route, by=caller.name, now=parts.now())
    return _shown(route)


@router.delete("/{name:path}", status_code=204)
def delete_route(name: Name, caller: Manager, parts: FromApp) -> None:
    """Deletes a route; the gateway stops taking it within seconds."""
    if not routes.remove(parts.database, caller.organization_id, name):
        raise NotFound("unknown_route", f"there is no route `{name}`", hint="GET /v1/routes lists them")


def _shown(route: Route) -> ShownRoute:
    return ShownRoute(name=route.name, models=route.models, strategy=route.strategy, weights=dict(route.weights))
