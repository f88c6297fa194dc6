"""Routes that organizations name."""

import pytest
from sqlalchemy.engine import Engine

from control import organizations, routes
from control.errors import InvalidValue
from control.organizations import Organization
from control.routes import Route
from tests.control.conftest import NOW

FAST = Route("fast", "gpt-4o-mini, claude-haiku-4-5", "latency")


def test_a_route_is_made_changed_and_deleted(engine: Engine, acme: Organization):
    other = organizations.create(engine, "Other", now=NOW)
    routes.put(engine, acme.id, FAST, by="ada@x.io", now=NOW)
    version, found = routes.everyones(engine)
    assert found == {acme.id: {"fast": FAST}}
    changed = Route("fast", "gpt-4o", "weighted", {"openai": 3.0})
    routes.put(engine, acme.id, changed, by="ada@x.io", now=NOW)
    assert routes.in_organization(engine, acme.id) == [changed]
    assert routes.in_organization(engine, other.id) == []
    assert not routes.remove(engine, other.id, "fast")
    assert routes.remove(engine, acme.id, "fast")
    later, found = routes.everyones(engine)
    assert found == {}
    assert later > version


@pytest.mark.parametrize(
    ("route", "told"),
    [
        (Route("two words", "gpt-4o"), "name"),
        (Route("fast", "  "), "models"),
        (Route("fast", "gpt-4o", "fastest"), "strategy"),  # type: ignore[arg-type]
        (Route("fast", "gpt-4o", "weighted", {"openai": -1}), "weight"),
        (Route("fast", "gpt-4o", "weighted", {"openai": float("nan")}), "weight"),
    ],
)
def test_what_is_no_route_is_refused(engine: Engine, acme: Organization, route: Route, told: str):
    with pytest.raises(InvalidValue, match=told):
        routes.put(engine, acme.id, route, now=NOW)
    assert routes.in_organization(engine, acme.id) == []
