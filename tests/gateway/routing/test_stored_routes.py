"""Routes that an organization keeps itself, taken by the gateway within seconds and by nobody else's calls."""

import time
from collections.abc import Callable

import httpx

from control import routes
from control.database import open_database
from control.routes import Route
from tests.gateway.running import RunningGateway

HELLO = {"messages": [{"role": "user", "content": "hi"}]}


def test_an_organizations_own_route_wins_for_its_calls_alone(unified: RunningGateway):
    database = open_database(unified.settings.database_url)
    ours, theirs = unified.accounts.organization_id, unified.auth
    strangers = {"Weir-Auth": f"Bearer {unified.accounts.other_key}"}

    def model_of(route: str, headers: dict[str, str]) -> str | None:
        answer = httpx.post(
            f"{unified.url}/v1/chat/completions", json={"model": "x", **HELLO}, headers={**headers, "weir-route": route}
        )
        return answer.json().get("model") if answer.status_code == 200 else None

    try:
        routes.put(database, ours, Route("careful", "demo-small"))
        routes.put(database, ours, Route("fast", "demo-small"))
        _until(lambda: (model_of("careful", theirs) or "").startswith("demo-small"))
        assert (model_of("fast", theirs) or "").startswith("demo-small")
        assert model_of("careful", strangers) is None
        listed = httpx.get(f"{unified.url}/v1/models", headers=theirs).json()["data"]
        assert {"careful", "fast", "spread"} <= {model["id"] for model in listed}
        routes.remove(database, ours, "careful")
        routes.remove(database, ours, "fast")
        _until(lambda: model_of("careful", theirs) is None)
        assert (model_of("fast", theirs) or "").startswith("gpt-4o-mini")
    finally:
        database.dispose()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)
