"""A running server, and plain HTTP clients of it for both users."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.engine import WarehouseServer, warehouse_server

__all__ = ["warehouse_server"]


def http_client(url: str) -> httpx.Client:
    parts = urlsplit(url)
    assert parts.username
    assert parts.password
    return httpx.Client(
        base_url=f"http://{parts.hostname}:{parts.port}", auth=(parts.username, parts.password), timeout=60
    )


@pytest.fixture
def writer(warehouse_server: WarehouseServer) -> Iterator[httpx.Client]:
    with http_client(warehouse_server.writer_url) as client:
        yield client


@pytest.fixture
def reader(warehouse_server: WarehouseServer) -> Iterator[httpx.Client]:
    with http_client(warehouse_server.reader_url) as client:
        yield client


def ask(client: httpx.Client, sql: str, **parameters: Any) -> str:
    """Runs the query and returns its answer; fails the test if it is refused."""
    response = client.post("/", params={"database": "weir", **parameters}, content=sql.encode())
    assert response.status_code == 200, response.text
    return response.text.rstrip("\n")


def refused(client: httpx.Client, sql: str, **parameters: Any) -> int:
    """Runs a query that must fail and returns its code."""
    response = client.post("/", params={"database": "weir", **parameters}, content=sql.encode())
    assert response.status_code >= 400, response.text
    return int(response.headers["X-ClickHouse-Exception-Code"])
