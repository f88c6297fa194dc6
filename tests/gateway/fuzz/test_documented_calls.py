"""Calls made up from the gateway's own OpenAPI document: whatever they hold, the answer is no failure of ours."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.gateway.running import RunningGateway

CALLS_PER_OPERATION = 25


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_documented_calls_never_make_the_gateway_fail(gateway: RunningGateway):
    schema = schemathesis.openapi.from_url(f"{gateway.url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert operations
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(
            max_examples=CALLS_PER_OPERATION,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        def called(case: schemathesis.Case) -> None:
            answer = case.call(headers=gateway.auth, timeout=20)
            assert answer.status_code < 500, (case.as_curl_command(), answer.status_code, answer.text)

        called()
