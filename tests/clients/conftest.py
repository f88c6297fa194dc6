"""One gateway for all client libraries, with every provider's host replaced by the fake upstream."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.conftest import accounts, upstream
from tests.gateway.running import Accounts, RunningGateway, running_gateway
from weir.upstream.server import Running

__all__ = ["accounts", "upstream"]

OPERATORS_KEYS = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "CO_API_KEY",
    "COHERE_API_KEY",
    "MISTRAL_API_KEY",
)


@pytest.fixture(scope="package")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, accounts: Accounts, upstream: Running
) -> Iterator[RunningGateway]:
    """Clients send it nothing but a Weir key: the operator's keys serve the organization."""
    directory: Path = tmp_path_factory.mktemp("clients")
    with pytest.MonkeyPatch.context() as patch:
        for name in OPERATORS_KEYS:
            patch.setenv(name, "sk-operator-0123456789abcdef")
        hosts = {
            "openai": f"{upstream.url}/openai/v1",
            "anthropic": f"{upstream.url}/anthropic/v1",
            "google": f"{upstream.url}/google/v1beta",
            "cohere": f"{upstream.url}/cohere",
            "mistral": f"{upstream.url}/mistral/v1",
            "demo": f"{upstream.url}/v1",
        }
        with running_gateway(directory, accounts, upstreams=hosts, operator_key_organizations="*") as started:
            yield started
