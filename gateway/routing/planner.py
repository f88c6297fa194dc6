"""Decides where a call is sent: what its path, its headers and, at the unified door, its model say."""

import re
from uuid import UUID

from gateway.call import Call
from gateway.caller.credentials import Credentials
from gateway.caller.head import Head
from gateway.errors import BadRequest
from gateway.routing.fallbacks import read_fallbacks
from gateway.routing.health import HealthByOrganization
from gateway.routing.model_field import read_model
from gateway.routing.named_routes import NamedRoutes, named_route
from gateway.routing.patience import Patience, read_patience
from gateway.routing.plan import Candidate, Plan
from gateway.routing.retries import read_retries
from gateway.routing.routes import Routes
from gateway.routing.strategies import arranged, read_strategy
from gateway.routing.unified import is_deployment
from gateway.targets.doors import Doors
from gateway.upstream.kept_keys import KeptKeys
from providers.catalog import Catalog
from providers.dialects.paths import azure_deployment, google_model
from providers.models.catalogue import Models, Offer
from providers.models.model_string import UnknownModel, Wanted, read_model_string

_HEADERS = frozenset({"fallbacks", "retry-enabled", "attempt-seconds", "first-token-seconds", "total-seconds"})
"""Whatever makes the plan of a call to a named provider more than that provider."""
_DOOR = re.compile(r"(?:/jawn)?/v1/gateway/[^/]+|/[^/]+")
_MOST_REMEMBERED = 4096
_LONGEST_REMEMBERED = 512


class Planner:
    """Makes the plans of calls."""

    def __init__(
        self,
        catalog: Catalog,
        models: Models,
        doors: Doors,
        kept_keys: KeptKeys,
        health: HealthByOrganization,
        patience: Patience,
        named: NamedRoutes,
    ) -> None:
        self._catalog = catalog
        self._doors = doors
        self._models = models
        self._routes = Routes(catalog, doors, kept_keys)
        self._health = health
        self._patience = patience
        self._named = named
        self._wanted: dict[str, Wanted] = {}

    def plan(self, call: Call, body: bytes) -> Plan:
        """Returns the plan for a call whose body, its content encoding undone, has been read.

        Raises BadRequest for what headers or model cannot mean, Forbidden for a host that is not allowed, and
        Unauthorized where there is no credential for any provider of the model.
        """
        ours = call.head.ours
        if call.target.url and _HEADERS.isdisjoint(ours):
            return Plan((Candidate(call.target),))
        if call.target.url:
            candidates = [Candidate(call.target)]
        else:
            candidates = [] if "fallbacks" in ours else self._unified(call, body)
        if "fallbacks" in ours:
            candidates += read_fallbacks(call.head, _path_behind_door(call), call.query, self._doors.target_at)
        return Plan(tuple(candidates), read_retries(ours), read_patience(ours, self._patience))

    def route_names(self, organization_id: UUID) -> list[str]:
        """Returns the names of the routes that the organization's callers can take."""
        return sorted(self._named.of(organization_id))

    def offered(self, credentials: Credentials, organization_id: UUID, head: Head) -> list[tuple[str, Offer]]:
        """Returns the models that this caller can call, each once."""
        callable_ones = self._routes.callable_providers(credentials, organization_id, head)
        return list(self._models.of(callable_ones))

    def warm(self) -> None:
        """Reads the list of models, so that no call waits for it."""
        self._models.offers("")

    def _unified(self, call: Call, body: bytes) -> list[Candidate]:
        written = _model_of(call, body)
        route = named_route(self._named.of(call.key.organization_id), call.head.ours, written)
        if written is None and route is None:
            if call.dialect is not None and call.method == "POST":
                raise BadRequest("the request names no model: `model` is missing")
            return [self._routes.without_model(call)]
        meant = route.models if route is not None else written or ""
        wanted = self._read(meant)
        strategy = read_strategy(call.head.ours) or (route.strategy if route is not None else "ordered")
        weights = route.weights if route is not None else {}
        health = self._health.of(call.key.organization_id)
        routes = arranged(self._routes.of_model(call, wanted, written or ""), strategy, weights, health)
        call.warnings += wanted.notes
        good, bad = [], []
        for each in routes:
            if len(routes) == 1 or health.is_good(each.candidate):
                good.append(each.candidate)
            else:
                bad.append(each.candidate)
        return good + bad

    def _read(self, written: str) -> Wanted:
        known = self._wanted.get(written)
        if known is None:
            try:
                known = read_model_string(written, self._models, self._catalog)
            except UnknownModel as error:
                raise BadRequest(str(error)) from None
            if len(self._wanted) >= _MOST_REMEMBERED:
                self._wanted.clear()
            if len(written) <= _LONGEST_REMEMBERED:
                self._wanted[written] = known
        return known


def _model_of(call: Call, body: bytes) -> str | None:
    """Returns the model as the caller wrote it: in the path, where its dialect has it there, else in the body."""
    in_path = azure_deployment(call.raw_path) if is_deployment(call.raw_path) else google_model(call.raw_path)
    if in_path is not None:
        return in_path
    if call.method != "POST" or not body or not _may_name_a_model(call):
        return None
    return read_model(body)


def _may_name_a_model(call: Call) -> bool:
    """Whether the body is one that can name a model: uploads of files, for one, are not."""
    kind = (call.head.value(b"content-type") or "").lower()
    return call.dialect is not None or "json" in kind or not kind


def _path_behind_door(call: Call) -> str:
    """Returns the path as another host would be sent it: without the provider it begins with."""
    if call.target.catalogued is None:
        return call.raw_path
    return _DOOR.sub("", call.raw_path, count=1) or "/"
