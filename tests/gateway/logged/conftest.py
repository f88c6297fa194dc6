"""Sends reports to the running gateway."""

import time
from typing import Any

import httpx
import pytest

from tests.gateway.running import RunningGateway
from warehouse.record import Exchange


class Reporting:
    """An application that reports to a gateway."""

    def __init__(self, gateway: RunningGateway) -> None:
        self.gateway = gateway
        self.auth = {"Authorization": f"Bearer {gateway.accounts.key}"}

    def post(self, path: str, **request: Any) -> httpx.Response:
        headers = self.auth | request.pop("headers", {})
        return httpx.post(f"{self.gateway.url}{path}", headers=headers, **request)

    def log(self, path: str = "/custom/v1/log", headers: dict[str, str] | None = None, **parts: Any) -> Exchange:
        """Logs a call and returns its record."""
        answer = self.post(path, json=form(**parts), headers=headers or {})
        assert answer.status_code == 200, answer.text
        assert answer.headers["helicone-id"] == answer.json()["request_id"]
        return self.gateway.record(answer.json()["request_id"])


def form(
    request: dict | None = None, response: dict | str | None = None, status: int = 200, **parts: Any
) -> dict[str, Any]:
    """The body of a log as helicone-helpers writes it."""
    now = time.time()
    is_text = isinstance(response, str)
    return {
        "providerRequest": {"url": "custom-model-nopath", "json": request or {}, "meta": parts.pop("meta", {})},
        "providerResponse": {
            "headers": parts.pop("response_headers", {}),
            "status": status,
            "json": {} if is_text else (response or {}),
            "textBody": response if is_text else None,
        },
        "timing": {
            "startTime": {"seconds": int(now) - 3, "milliseconds": 250},
            "endTime": {"seconds": int(now) - 2, "milliseconds": 750},
            "timeToFirstToken": 120.5,
        },
    } | parts


@pytest.fixture(scope="package")
def reporting(gateway: RunningGateway) -> Reporting:
    return Reporting(gateway)
