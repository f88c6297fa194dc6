"""Health, figures, the description of the doors, and a light start."""

import re
import subprocess
import sys

import httpx
import pytest
from fastapi.testclient import TestClient

from gateway.main import create_app
from gateway.settings import GatewaySettings
from tests.gateway.running import Accounts, RunningGateway

# Each of these is loaded by what needs it only: the gateway starts at once and holds little code.
HEAVY = (
    "polars",
    "dagster",
    "clickhouse_connect",
    "sqlglot",
    "pyarrow",
    "streamlit",
    "pandas",
    "boto3",
    "alembic",
    "argon2",
    "genai_prices",
    "httpx",
    "google.protobuf",
    "opentelemetry.proto",
    "sqlalchemy.dialects.postgresql",
)


def test_importing_the_gateway_loads_nothing_heavy():
    script = f"import sys, gateway.main, gateway.server; print([m for m in {HEAVY} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_it_is_well_and_ready(gateway: RunningGateway):
    assert httpx.get(gateway.url + "/healthz").json() == {"status": "ok"}
    assert httpx.get(gateway.url + "/readyz").json() == {"status": "ok", "problems": []}


def test_without_a_database_it_lives_but_is_not_ready(tmp_path, accounts: Accounts):
    with TestClient(create_app(GatewaySettings(data_dir=tmp_path))) as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "keys" in answer.json()["problems"][0]
        assert client.post("/demo/v1/messages", headers={"x-api-key": accounts.key}).status_code == 503


def test_the_figures(gateway: RunningGateway):
    httpx.get(gateway.url + "/demo/v1/models", headers=gateway.auth)
    figures = httpx.get(gateway.url + "/metrics").text
    for name in (
        'weir_gateway_requests_total{provider="demo",status="2xx"}',
        "weir_gateway_in_flight 0.0",
        "weir_gateway_overhead_seconds_bucket",
        "weir_gateway_recorded_total",
        'weir_gateway_dropped_total{reason="spool_full"} 0.0',
        'weir_gateway_dropped_total{reason="error"} 0.0',
        "weir_gateway_keys ",
        "weir_gateway_database_up 1.0",
        "weir_spool_bytes",
        "weir_spool_oldest_seconds",
        "weir_ship_failures_total 0.0",
    ):
        assert name in figures, name


def test_the_doors_are_described(gateway: RunningGateway):
    schema = httpx.get(gateway.url + "/openapi.json").json()
    operations = {path: methods["post"] for path, methods in schema["paths"].items() if "post" in methods}
    for path in ("/{provider}/v1/chat/completions", "/v1/chat/completions", "/v1/messages", "/custom/v1/log"):
        assert path in operations
    names = {parameter["name"] for parameter in operations["/v1/messages"]["parameters"]}
    assert {"Weir-Auth", "Weir-Session-Id", "Weir-Strategy"} <= names
    assert all(re.fullmatch(r"[\w-]+", name) for name in names)
    assert len({operation["operationId"] for operation in operations.values()}) == len(operations)
    for path, operation in operations.items():
        given = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
        assert given == set(re.findall(r"{(\w+)}", path))
    assert "/healthz" in schema["paths"]
    assert schema["components"]["securitySchemes"]["WeirAuth"]["scheme"] == "bearer"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("POST", "/healthz", 405)])
def test_errors_have_one_shape(gateway: RunningGateway, method: str, path: str, status: int):
    answer = httpx.request(method, gateway.url + path)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message"}
