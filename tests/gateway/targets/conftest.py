"""A gateway whose providers all live in one house, with the operator's keys for all of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from providers.catalog import load_catalog
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from tests.gateway.targets.provider_house import Arrived, House, provider_house

OPERATORS_KEY = "operators-key-1"


@dataclass
class Street:
    """The gateway in front of the house."""

    gateway: RunningGateway
    house: House
    client: httpx.Client

    def post(self, path: str, headers: dict[str, str], **sent: object) -> httpx.Response:
        return self.client.post(self.gateway.url + path, headers=headers, **sent)

    def arriving(self, path: str, headers: dict[str, str], **sent: object) -> Arrived:
        """Posts as an application of ours, and returns what the provider was sent."""
        self.house.arrived.clear()
        answer = self.post(path, {**self.gateway.auth, **headers}, **sent)
        assert answer.status_code == 200, answer.text
        [arrived] = self.house.arrived
        return arrived


@pytest.fixture(scope="package")
def street(tmp_path_factory: pytest.TempPathFactory, accounts: Accounts) -> Iterator[Street]:
    with provider_house() as house, pytest.MonkeyPatch.context() as patch, httpx.Client() as client:
        for row in load_catalog():
            if row.operator_key_env:
                patch.setenv(row.operator_key_env, OPERATORS_KEY)
        with running_gateway(
            tmp_path_factory.mktemp("street"),
            accounts,
            upstreams=house.base_urls,
            operator_key_organizations=str(accounts.organization_id),
        ) as gateway:
            yield Street(gateway, house, client)
