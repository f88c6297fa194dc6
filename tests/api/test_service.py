from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from api.main import compose
from api.parts import Parts
from api.settings import ApiSettings
from control import heartbeats
from hql.errors import Unavailable
from tests.api.conftest import NOW, GivenAnswers, a_result
from warehouse.object_store import StoreUnavailable

GOLDENS = Path(__file__).parent / "goldens"

FRESH = {
    "last_loaded_at": NOW - timedelta(seconds=35),
    "last_created_at": NOW - timedelta(seconds=37),
    "row_count": 1000,
    "recent_count": 10,
    "lag_ms_p50": 1800.0,
    "lag_ms_p95": 4100.0,
}


def warehouse_is_down(organization_id: object, sql: str):
    raise Unavailable("warehouse_unavailable", "connection refused")


def test_the_process_is_alive_whatever_is_down(client: TestClient, answers: GivenAnswers):
    answers.answer = warehouse_is_down
    assert client.get("/healthz").json() == {"status": "ok"}


def test_it_is_ready_when_every_store_answers(client: TestClient):
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "parts": {"database": "ok", "warehouse": "ok", "object_store": "ok"}}


def test_a_store_that_is_down_is_named(
    client: TestClient, parts: Parts, answers: GivenAnswers, monkeypatch: pytest.MonkeyPatch
):
    def away(*_arguments: object) -> object:
        raise StoreUnavailable("no route to host")

    answers.answer = warehouse_is_down
    monkeypatch.setattr(type(parts.raw_log), "info", away)
    ready = client.get("/readyz")
    assert ready.status_code == 503
    states = ready.json()["parts"]
    assert states["database"] == "ok"
    assert "WEIR_WAREHOUSE_READER_URL" in states["warehouse"]
    assert "WEIR_OBJECT_STORE_URL" in states["object_store"]


def test_a_database_without_tables_is_named(tmp_path: Path, parts: Parts):
    from dataclasses import replace

    from control.database import open_database

    empty = replace(parts, database=open_database(f"sqlite:///{tmp_path}/empty.db"))
    with TestClient(compose(empty, ApiSettings(data_dir=tmp_path))) as client:
        assert "weir migrate" in client.get("/readyz").json()["parts"]["database"]


def test_freshness_tells_how_old_and_how_late(client: TestClient, parts: Parts, key_of, answers: GivenAnswers):
    answers.answer = lambda organization_id, sql: a_result(pa.Table.from_pylist([FRESH]))
    heartbeats.beat(parts.database, "loader", {"pending_segments": 3}, now=NOW)
    told = client.get("/v1/freshness", headers=key_of("query")).json()
    assert told == {
        "checked_at": "2026-11-03T12:30:15.250000Z",
        "last_loaded_at": "2026-11-03T12:29:40.250000Z",
        "last_created_at": "2026-11-03T12:29:38.250000Z",
        "row_count": 1000,
        "recent_count": 10,
        "lag_ms_p50": 1800.0,
        "lag_ms_p95": 4100.0,
        "pending_segments": 3,
        "problems": [],
    }


def test_an_organization_without_rows_is_told_so(client: TestClient, key_of, answers: GivenAnswers):
    epoch = {
        "last_loaded_at": NOW - timedelta(days=20000),
        "row_count": 0,
        "recent_count": 0,
        "lag_ms_p50": float("nan"),
    }
    answers.answer = lambda organization_id, sql: a_result(pa.Table.from_pylist([epoch]))
    told = client.get("/v1/freshness", headers=key_of("query")).json()
    assert (told["row_count"], told["last_loaded_at"], told["lag_ms_p50"]) == (0, None, None)


def test_a_quiet_hour_has_no_lag(client: TestClient, key_of, answers: GivenAnswers):
    quiet = FRESH | {"recent_count": 0, "lag_ms_p50": float("nan"), "lag_ms_p95": float("nan")}
    answers.answer = lambda organization_id, sql: a_result(pa.Table.from_pylist([quiet]))
    told = client.get("/v1/freshness", headers=key_of("query")).json()
    assert (told["row_count"], told["lag_ms_p50"]) == (1000, None)


def test_freshness_names_the_parts_that_fail(client: TestClient, parts: Parts, key_of, answers: GivenAnswers):
    answers.answer = warehouse_is_down
    heartbeats.beat(parts.database, "loader", {"pending_segments": 7}, now=NOW - timedelta(minutes=5))
    told = client.get("/v1/freshness", headers=key_of("query")).json()
    assert [problem["part"] for problem in told["problems"]] == ["warehouse", "pipelines"]
    assert "300 seconds" in told["problems"][1]["message"]
    assert told["last_loaded_at"] is None


def test_metrics_count_requests_by_route_and_queries_by_cache(client: TestClient, key_of):
    headers = key_of("query")
    client.post("/v1/hql", json={"sql": "select 1"}, headers=headers)
    client.get("/no/such/path/as/this")
    text = client.get("/metrics").text
    assert 'weir_api_requests_total{method="POST",route="/v1/hql",status="200"} 1.0' in text
    assert 'weir_hql_queries_total{cache="miss"} 1.0' in text
    assert "such" not in text


def test_pages_of_other_origins_may_not_call_unless_listed(parts: Parts, settings: ApiSettings, client: TestClient):
    asking = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in client.options("/v1/hql", headers=asking).headers
    assert "access-control-allow-origin" not in client.get("/healthz", headers=asking).headers
    open_settings = settings.model_copy(update={"api_cors_origins": ["https://app.example.com"]})
    opened = TestClient(compose(parts, open_settings)).options("/v1/hql", headers=asking)
    assert opened.headers["access-control-allow-origin"] == "https://app.example.com"


def test_the_paths_others_rely_on(client: TestClient):
    paths = client.get("/openapi.json").json()["paths"]
    told = [
        f"{method.upper()} {path}{'' if operation.get('security') else '  open'}"
        for path, operations in sorted(paths.items())
        for method, operation in sorted(operations.items())
    ]
    assert told == (GOLDENS / "paths.txt").read_text().splitlines()
