"""Ways to speak to a running instance."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import RunningStack

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def ask(running_stack: RunningStack) -> Ask:
    """Runs HQL over HTTP, past the cache, and returns rows as dictionaries."""

    def run(sql: str, **parameters: object) -> list[dict[str, Any]]:
        answer = httpx.post(
            f"{running_stack.api_url}/v1/hql",
            headers={"Authorization": f"Bearer {running_stack.query_key}"},
            json={"sql": sql, "parameters": parameters, "format": "jsonl", "fresh": True},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return [httpx.Response(200, content=line).json() for line in answer.text.splitlines() if line]

    return run


def wait_for(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Returns the condition's first true value; fails the test if there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.25)
    pytest.fail(f"not true within {seconds} s")
