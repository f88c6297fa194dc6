"""A gateway at whose unified door several providers serve, with the operator's keys."""

from collections.abc import Iterator

import pytest

from tests.gateway.running import Accounts, RunningGateway, running_gateway
from weir.upstream.server import Running

OPERATOR_KEYS = {
    "OPENAI_API_KEY": "operators-openai-1",
    "ANTHROPIC_API_KEY": "operators-anthropic-1",
    "GEMINI_API_KEY": "operators-google-1",
    "AWS_BEARER_TOKEN_BEDROCK": "operators-bedrock-1",
    "CO_API_KEY": "operators-cohere-1",
}
ROUTES = {
    "fast": {"models": "demo-large, openai/gpt-4o-mini", "strategy": "cheapest"},
    "spread": {"models": "demo-small, openai/gpt-4o", "strategy": "weighted", "weights": {"openai": 1}},
}


@pytest.fixture(scope="package")
def unified(
    tmp_path_factory: pytest.TempPathFactory, accounts: Accounts, upstream: Running
) -> Iterator[RunningGateway]:
    """Serves only the first organization with the operator's keys."""
    with pytest.MonkeyPatch.context() as patch:
        for name, key in OPERATOR_KEYS.items():
            patch.setenv(name, key)
        patch.delenv("XAI_API_KEY", raising=False)
        upstreams = {
            "openai": f"{upstream.url}/openai/v1",
            "anthropic": f"{upstream.url}/anthropic/v1",
            "google": f"{upstream.url}/google/v1beta",
            "cohere": f"{upstream.url}/cohere/v2",
            "bedrock": f"{upstream.url}/bedrock",
            "xai": f"{upstream.url}/xai/v1",
            "demo": f"{upstream.url}/v1",
        }
        with running_gateway(
            tmp_path_factory.mktemp("unified"),
            accounts,
            upstreams=upstreams,
            operator_key_organizations=str(accounts.organization_id),
            routes=ROUTES,
        ) as started:
            yield started
