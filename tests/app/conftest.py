"""The dashboard's script over the real api, and its ASGI application over the same."""

import sys
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from app import viewer
from app.page_parts.links import Name
from app.settings import AppSettings
from control import organizations, sign_in, users
from tests.app.backend import PASSWORD, Backend, backend
from tests.engine import WarehouseServer, warehouse_server  # noqa: F401

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="session")
def running_api(
    warehouse_server: WarehouseServer,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Backend]:
    """An api over three days of demo traffic, for all tests of this process."""
    with backend(warehouse_server, tmp_path_factory.mktemp("backend"), requests=1500, days=3) as running:
        yield running


@pytest.fixture
def owner(running_api: Backend):
    """A session of the owner of an organization of the test's own, and that organization."""
    made = organizations.create(running_api.database, f"Owned {uuid4()}")
    user = users.create(running_api.database, f"{uuid4()}@example.com", password=PASSWORD)
    users.join(running_api.database, made.id, user.id, "owner")
    return sign_in.with_password(running_api.database, user.email, PASSWORD, "127.0.0.1")[1], made.id


@pytest.fixture
def settings(running_api: Backend) -> AppSettings:
    return AppSettings(api_url=running_api.api_url, gateway_url="http://gateway.example:8787")


@pytest.fixture
def open_page(running_api: Backend, settings: AppSettings, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Returns what opens a page as the script draws it for a browser with a session."""

    # AppTest leaves its script in the place of the main module, which processes spawned later would run.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    def open_as(page: Name, *, token: str | None = None, api_url: str | None = None, **query: str) -> AppTest:
        # AppTest has no browser and so no cookies.
        held = running_api.session() if token is None else token
        monkeypatch.setattr(viewer, "session_token", lambda: held)
        test = AppTest.from_function(_script, args=(page,), default_timeout=60)
        told = settings if api_url is None else settings.model_copy(update={"api_url": api_url})
        test.secrets["weir"] = told.model_dump(mode="json")
        test.context = {"timezone": "Europe/Berlin"}
        for name, value in query.items():
            test.query_params[name] = value
        return test.run()

    return open_as


def _script(page):
    from app.dashboard.navigation import draw

    draw(page)
