"""A gateway whose callers use the response cache, and what they send."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.gateway.running import Accounts, RunningGateway, running_gateway


@pytest.fixture(scope="package")
def caching_gateway(
    tmp_path_factory: pytest.TempPathFactory, accounts: Accounts, upstreams: dict[str, str]
) -> Iterator[RunningGateway]:
    """The gateway these tests share; it also goes to whatever listens on this machine."""
    directory = tmp_path_factory.mktemp("caching")
    with running_gateway(directory, accounts, upstreams=upstreams, allowed_targets="127.0.0.1") as started:
        yield started


@pytest.fixture
def seed() -> Callable[[], dict[str, str]]:
    """Headers that turn the cache on, for answers nobody else has asked for; equal within a test."""
    mine = uuid4().hex
    return lambda: {"Helicone-Cache-Enabled": "true", "Helicone-Cache-Seed": mine}
