"""Calls made up from the api's own OpenAPI document: what comes back is what the document says."""

from collections.abc import Callable

import pyarrow as pa
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import GivenAnswers, a_result

CALLS_PER_OPERATION = 4
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_documented_calls_are_answered_as_documented(
    client: TestClient, answers: GivenAnswers, key_of: Callable[..., dict[str, str]]
):
    answers.answer = lambda organization_id, sql: a_result(pa.table({"n": pa.array([], pa.uint64())}))
    schema = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 50
    headers = key_of("gateway", "query", "manage")
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(
            max_examples=CALLS_PER_OPERATION,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=True,
        )
        def called(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        called()
