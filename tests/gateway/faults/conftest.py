"""A gateway whose unified door translates, in front of a provider that breaks however a test wants."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.gateway.routing.conftest import OPERATOR_KEYS
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from weir.upstream.server import Running


@pytest.fixture(scope="package")
def everybody(upstream: Running) -> dict[str, str]:
    """Where the providers are whose dialects are translated."""
    return {
        "openai": f"{upstream.url}/openai/v1",
        "anthropic": f"{upstream.url}/anthropic/v1",
        "google": f"{upstream.url}/google/v1beta",
        "bedrock": f"{upstream.url}/bedrock",
        "demo": f"{upstream.url}/v1",
    }


@pytest.fixture(scope="package")
def operator(accounts: Accounts) -> Iterator[dict[str, str]]:
    """Puts the operator's keys into the environment; returns the setting that lets the first organization use them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, key in OPERATOR_KEYS.items():
            patch.setenv(name, key)
        yield {"operator_key_organizations": str(accounts.organization_id)}


@pytest.fixture(scope="package")
def unified(
    tmp_path_factory: pytest.TempPathFactory, accounts: Accounts, everybody: dict[str, str], operator: dict[str, str]
) -> Iterator[RunningGateway]:
    """The gateway most of these tests share."""
    directory = tmp_path_factory.mktemp("faults")
    settings = {"upstreams": everybody, "allowed_targets": "127.0.0.1", **operator}
    with running_gateway(directory, accounts, **settings) as started:
        yield started


@pytest.fixture
async def client(unified: RunningGateway):
    async with httpx.AsyncClient(base_url=unified.url, headers=unified.auth, timeout=20) as made:
        yield made


@pytest.fixture
def row_of(unified: RunningGateway) -> Callable[..., object]:
    """Finds the row of the one call that was made for a user."""
    return lambda user: unified.record_where(lambda each: each.user_id == user)
