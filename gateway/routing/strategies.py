"""In which order the routes of a call are tried.

    ordered    as the caller, or the route, wrote them; of one model the providers of the caller's dialect first, then
               the cheapest: the default
    cheapest   by price, whatever the order written
    latency    of two taken at random the one that has answered faster, then the others by how fast they were
    weighted   at random, by the weights of the providers; one without a weight comes after all others

Whatever the strategy, what is set aside (`health.py`) comes last.
"""

import random
from collections.abc import Mapping

from control.routes import STRATEGIES, Strategy
from gateway.errors import BadRequest
from gateway.routing.health import Health
from gateway.routing.routes import Route


def read_strategy(ours: dict[str, str]) -> Strategy | None:
    """Reads the header. Raises BadRequest for a strategy there is not."""
    value = ours.get("strategy")
    if value is None:
        return None
    for strategy in STRATEGIES:
        if value.strip().lower() == strategy:
            return strategy
    raise BadRequest(f"header `Weir-Strategy` is `{value[:80]}`, but must be one of: {', '.join(STRATEGIES)}")


def arranged(routes: list[Route], strategy: Strategy, weights: Mapping[str, float], health: Health) -> list[Route]:
    """Returns the routes in the order to try them."""
    if strategy == "cheapest":
        return sorted(routes, key=lambda route: (route.offer.usd_per_million, route.candidate.is_translated))
    if strategy == "latency":
        return _fastest_of_two(routes, health)
    if strategy == "weighted":
        return _drawn(routes, weights)
    return sorted(routes, key=lambda route: (route.item, route.candidate.is_translated, route.offer.usd_per_million))


def _fastest_of_two(routes: list[Route], health: Health) -> list[Route]:
    def seconds(route: Route) -> float:
        # Whoever has not been asked yet is worth a try.
        return health.latency_seconds(route.candidate) or 0.0

    if len(routes) < 2:
        return routes
    first = min(random.sample(routes, 2), key=seconds)
    return [first, *sorted((route for route in routes if route is not first), key=seconds)]


def _drawn(routes: list[Route], weights: Mapping[str, float]) -> list[Route]:
    """Draws without putting back; each draw takes a route with the probability of its weight among those left."""

    def rank(route: Route) -> float:
        weight = weights.get(route.offer.provider.id, 0.0)
        return -(random.random() ** (1 / weight)) if weight > 0 else 1.0  # noqa: S311 - no secret depends on it.

    return sorted(routes, key=rank)
