"""A fake upstream and a gateway in front of it, both on real ports."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from control import api_keys, organizations
from control.database import open_database
from control.migrate import migrate
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from tests.gateway.vendor import Vendor
from weir.upstream.server import Running, running


@pytest.fixture(scope="session")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    path = tmp_path_factory.mktemp("accounts") / "weir.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    organization = organizations.create(engine, "Ours")
    other = organizations.create(engine, "Theirs")
    key, secret = api_keys.create(engine, organization.id, "app", ["gateway"])
    _, query_secret = api_keys.create(engine, organization.id, "notebook", ["query"])
    _, other_secret = api_keys.create(engine, other.id, "app", ["gateway"])
    engine.dispose()
    return Accounts(path, organization.id, key.id, secret, query_secret, other.id, other_secret)


@pytest.fixture(scope="session")
def upstream() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def upstreams(upstream: Running) -> dict[str, str]:
    return {
        "openai": f"{upstream.url}/openai/v1",
        "anthropic": f"{upstream.url}/anthropic/v1",
        "demo": f"{upstream.url}/v1",
    }


@pytest.fixture(scope="package")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, accounts: Accounts, upstreams: dict[str, str]
) -> Iterator[RunningGateway]:
    """The gateway most tests share; they tell their calls apart by request id."""
    directory: Path = tmp_path_factory.mktemp("gateway")
    with running_gateway(directory, accounts, upstreams=upstreams) as started:
        yield started


@pytest.fixture(scope="package")
def open_gateway(
    tmp_path_factory: pytest.TempPathFactory, accounts: Accounts, upstreams: dict[str, str]
) -> Iterator[RunningGateway]:
    """One that also goes to whatever listens on this machine, and keeps at most an odd number of bytes of a body."""
    directory: Path = tmp_path_factory.mktemp("open")
    with running_gateway(
        directory, accounts, upstreams=upstreams, allowed_targets="127.0.0.1", max_body_bytes=1_000_001
    ) as started:
        yield started


@pytest.fixture
def gateway_for() -> Callable[[Vendor], dict[str, str]]:
    """Headers that send a call through the open gateway's target door to a vendor of the test's own."""
    return lambda vendor: {"Weir-Target-URL": vendor.url}
