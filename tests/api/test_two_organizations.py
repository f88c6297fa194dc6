"""The api on a real embedded warehouse: two organizations ask the same things and see their own rows alone."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace

from api.main import create_app
from api.settings import ApiSettings
from control import api_keys, epochs, organizations, sign_in, users
from control.database import open_database
from control.organizations import Organization
from tests.api.leaving import post_and_leave
from tests.engine import WarehouseServer, warehouse_server
from warehouse import record
from warehouse.clickhouse import connect_writer
from warehouse.object_store import open_object_store
from warehouse.rawlog.segment import compress
from warehouse.record import Exchange
from warehouse.settings import BUCKETS, RAW_BUCKET

__all__ = ["warehouse_server"]

EVERYTHING = "select request_id, request_preview from requests order by created_at"


@dataclass(frozen=True)
class Side:
    """One organization, its only request, and a key that reads."""

    organization: Organization
    exchange: Exchange
    headers: dict[str, str]

    @property
    def secret(self) -> str:
        """What only this organization may see."""
        return self.exchange.request_preview or ""


@pytest.fixture
def served(tmp_path: Path, migrated_database: Path, warehouse_server: WarehouseServer) -> ApiSettings:
    (tmp_path / "weir.db").write_bytes(migrated_database.read_bytes())
    settings = ApiSettings(data_dir=tmp_path, warehouse_reader_url=warehouse_server.reader_url)
    for bucket in BUCKETS:
        open_object_store(settings.object_store_url, bucket).ensure_bucket()
    return settings


@pytest.fixture
def client(served: ApiSettings) -> Iterator[TestClient]:
    with TestClient(create_app(served)) as client:
        yield client


@pytest.fixture
def sides(served: ApiSettings, warehouse_server: WarehouseServer) -> tuple[Side, Side]:
    """Acme and Other with one request each; both records lie in one segment, as the gateway packs them."""
    database = open_database(served.database_url)
    made = []
    for name in ("Acme", "Other"):
        organization = organizations.create(database, name)
        _, secret = api_keys.create(database, organization.id, "reader", ["query"])
        made.append(Side(organization, an_exchange(organization), {"Authorization": f"Bearer {secret}"}))
    database.dispose()
    load(served, warehouse_server, [side.exchange for side in made])
    return made[0], made[1]


def an_exchange(organization: Organization) -> Exchange:
    now = datetime.now(UTC).replace(microsecond=0)
    body = json.dumps({"messages": [{"role": "user", "content": f"secret of {organization.name}"}]})
    return Exchange(
        request_id=record.new_request_id(now),
        organization_id=organization.id,
        created_at=now,
        completed_at=now + timedelta(seconds=1),
        provider="openai",
        dialect="chat_completions",
        request_model="gpt-5-mini",
        session_id=f"session of {organization.name}",
        request_preview=f"secret of {organization.name}",
        request_body=body,
        request_body_bytes=len(body),
        properties=[record.Pair("team", "a")],
    )


def load(settings: ApiSettings, server: WarehouseServer, exchanges: list[Exchange]) -> None:
    segment = compress(b"".join(record.encode(exchange) for exchange in exchanges))
    key = f"raw/v1/dt={exchanges[0].created_at:%Y-%m-%d}/{exchanges[0].request_id}-test.ndjson.zst"
    open_object_store(settings.object_store_url, RAW_BUCKET).put(key, segment)
    rows = [
        {
            "organization_id": str(exchange.organization_id),
            "request_id": str(exchange.request_id),
            "created_at": f"{exchange.created_at:%Y-%m-%d %H:%M:%S.%f}",
            "completed_at": f"{exchange.completed_at:%Y-%m-%d %H:%M:%S.%f}",
            "loaded_at": f"{exchange.completed_at + timedelta(seconds=2):%Y-%m-%d %H:%M:%S.%f}",
            "provider": exchange.provider,
            "dialect": exchange.dialect,
            "request_model": exchange.request_model,
            "session_id": exchange.session_id,
            "request_preview": exchange.request_preview,
            "properties": {pair.name: pair.value for pair in exchange.properties},
            "price_source": "none",
            "segment": key,
            "frame_offset": 0,
            "frame_length": len(segment),
            "frame_line": line,
        }
        for line, exchange in enumerate(exchanges)
    ]
    writer = connect_writer(server.writer_url)
    lines = "\n".join(json.dumps(row) for row in rows)
    columns = list(rows[0])
    writer.raw_insert("requests", column_names=columns, insert_block=lines, fmt="JSONEachRow")
    writer.close()


def ask(client: TestClient, side: Side, sql: str = EVERYTHING, **options: object):
    answer = client.post("/v1/hql", json={"sql": sql} | options, headers=side.headers)
    assert answer.status_code == 200, answer.text
    return answer


def test_each_sees_its_own_rows_in_every_format(client: TestClient, sides: tuple[Side, Side]):
    for mine, other in (sides, sides[::-1]):
        for format in ("json", "jsonl", "csv"):
            text = ask(client, mine, format=format).text
            assert mine.secret in text
            assert other.secret not in text
        for format, read in (("parquet", pl.read_parquet), ("arrow", pl.read_ipc_stream)):
            frame = read(ask(client, mine, format=format).content)
            assert frame["request_preview"].to_list() == [mine.secret]


def test_the_second_equal_query_is_a_hit_for_its_own_organization_alone(client: TestClient, sides: tuple[Side, Side]):
    acme, other = sides
    states = [ask(client, side).json()["cache"]["state"] for side in (acme, acme, other, other)]
    assert states == ["miss", "hit", "miss", "hit"]
    assert ask(client, acme, fresh=True).json()["cache"]["state"] == "bypass"
    assert other.secret not in ask(client, acme).text


def test_new_rows_make_a_miss(
    client: TestClient, sides: tuple[Side, Side], served: ApiSettings, warehouse_server: WarehouseServer
):
    acme, _ = sides
    ask(client, acme)
    load(served, warehouse_server, [an_exchange(acme.organization)])
    eventually(lambda: ask(client, acme).json()["row_count"] == 2)


def test_rows_changed_in_place_make_a_miss(client: TestClient, sides: tuple[Side, Side], served: ApiSettings):
    acme, _ = sides
    ask(client, acme)
    database = open_database(served.database_url)
    epochs.bump(database)
    database.dispose()
    eventually(lambda: ask(client, acme).json()["cache"]["state"] == "miss")


def eventually(holds: Callable[[], bool]) -> None:
    """Waits until it holds: the state of the data is remembered for a second."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline


def test_the_answer_tells_types_and_how_it_went(client: TestClient, sides: tuple[Side, Side]):
    body = ask(client, sides[0], "select created_at, properties, cost_usd, request_id from requests").json()
    assert [column["type"] for column in body["columns"]] == [
        "DateTime64(6, 'UTC')",
        "Map(LowCardinality(String), String)",
        "Nullable(Decimal(18, 12))",
        "UUID",
    ]
    assert body["rows"] == [
        {
            "created_at": sides[0].exchange.created_at.isoformat().replace("+00:00", "Z"),
            "properties": {"team": "a"},
            "cost_usd": None,
            "request_id": str(sides[0].exchange.request_id),
        }
    ]
    assert body["read_rows"] >= 1
    assert body["elapsed_ms"] > 0
    assert (body["row_count"], body["truncated"]) == (1, False)


def test_a_limit_says_that_there_was_more(client: TestClient, sides: tuple[Side, Side]):
    body = ask(client, sides[0], "select arrayJoin(range(10)) as n", limit=3).json()
    assert (body["row_count"], body["truncated"]) == (3, True)


def test_parameters_are_bound(client: TestClient, sides: tuple[Side, Side]):
    sql = "select count() as n from requests where request_preview = {text:String}"
    assert ask(client, sides[0], sql, parameters={"text": sides[0].secret}).json()["rows"] == [{"n": 1}]
    assert ask(client, sides[0], sql, parameters={"text": sides[1].secret}).json()["rows"] == [{"n": 0}]


def test_each_opens_its_own_request_alone(client: TestClient, sides: tuple[Side, Side]):
    for mine, other in (sides, sides[::-1]):
        path = f"/v1/requests/{mine.exchange.request_id}"
        shown = client.get(path, headers=mine.headers).json()
        assert shown["request"]["request_preview"] == mine.secret
        assert [message["text"] for message in shown["messages"]] == [mine.secret]
        assert client.get(f"{path}/body/request", headers=mine.headers).text == mine.exchange.request_body
        for suffix in ("", "/body/request", "/body/response"):
            foreign = client.get(path + suffix, headers=other.headers)
            assert foreign.status_code == 404
            assert mine.secret not in foreign.text


@pytest.mark.parametrize("year", [1970, 2020, 2199, 2299, 9999])
def test_a_request_whose_id_tells_another_time_is_found(
    client: TestClient, sides: tuple[Side, Side], served: ApiSettings, warehouse_server: WarehouseServer, year: int
):
    chosen = replace(
        an_exchange(sides[0].organization), request_id=record.new_request_id(datetime(year, 12, 31, 23, 59, tzinfo=UTC))
    )
    load(served, warehouse_server, [chosen])
    assert client.get(f"/v1/requests/{chosen.request_id}", headers=sides[0].headers).status_code == 200


def test_freshness_counts_the_callers_rows_alone(client: TestClient, sides: tuple[Side, Side]):
    for side in sides:
        told = client.get("/v1/freshness", headers=side.headers).json()
        assert (told["row_count"], told["recent_count"], told["problems"]) == (1, 1, [])
        assert told["lag_ms_p50"] == 2000
        assert told["lag_ms_p95"] == 2000


def test_an_organization_without_rows_is_fresh_too(client: TestClient, served: ApiSettings):
    database = open_database(served.database_url)
    organization = organizations.create(database, "Empty")
    _, secret = api_keys.create(database, organization.id, "reader", ["query"])
    database.dispose()
    told = client.get("/v1/freshness", headers={"Authorization": f"Bearer {secret}"}).json()
    assert (told["row_count"], told["last_loaded_at"], told["problems"]) == (0, None, [])


def test_a_member_of_both_sees_the_one_they_name(client: TestClient, sides: tuple[Side, Side], served: ApiSettings):
    database = open_database(served.database_url)
    user = users.create(database, "ada@example.com")
    for side in sides:
        users.join(database, side.organization.id, user.id, "viewer")
    _, token = sign_in.start_session(database, user)
    database.dispose()
    for mine, other in (sides, sides[::-1]):
        headers = {"Authorization": f"Bearer {token}", "Weir-Organization": str(mine.organization.id)}
        text = client.post("/v1/hql", json={"sql": EVERYTHING}, headers=headers).text
        assert mine.secret in text
        assert other.secret not in text


def test_a_query_that_is_refused_tells_where(client: TestClient, sides: tuple[Side, Side]):
    answer = client.post("/v1/hql", json={"sql": "select *\nfrom request"}, headers=sides[0].headers)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["line"] == 2
    assert "requests" in error["message"] + error.get("hint", "")


def ended(client: TestClient, side: Side, job: dict[str, object]) -> dict[str, object]:
    """Waits for the end of a job."""
    deadline = time.monotonic() + 60
    told = job
    while told["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        told = client.get(f"/v1/hql/jobs/{job['id']}", headers=side.headers).json()
    return told


@pytest.mark.parametrize(
    ("format", "read"),
    [("csv", pl.read_csv), ("jsonl", pl.read_ndjson), ("parquet", pl.read_parquet), ("arrow", pl.read_ipc_stream)],
)
def test_an_export_holds_more_rows_than_an_answer(client: TestClient, sides: tuple[Side, Side], format: str, read):
    sql = "select n.number as n, r.request_preview as text from numbers(1100000) as n, requests as r"
    rows = 1_100_000 if format == "parquet" else 110_000
    body = {"sql": sql.replace("1100000", str(rows)), "format": format}
    begun = client.post("/v1/hql/jobs", json=body, headers=sides[0].headers)
    assert begun.status_code == 202, begun.text
    job = ended(client, sides[0], begun.json())
    assert (job["state"], job["row_count"], job["error"]) == ("done", rows, None)
    answer = client.get(job["result_url"], headers=sides[0].headers)
    assert len(answer.content) == job["bytes"]
    frame = read(answer.content)
    assert frame.height == rows
    assert frame["text"].unique().to_list() == [sides[0].secret]
    assert client.get(job["result_url"], headers=sides[1].headers).status_code == 404


def test_a_job_that_fails_midway_says_why(client: TestClient, sides: tuple[Side, Side]):
    sql = "select intDiv(1, number - 3000000) as x from numbers(4000000)"
    job = ended(client, sides[0], client.post("/v1/hql/jobs", json={"sql": sql}, headers=sides[0].headers).json())
    assert job["state"] == "failed"
    assert job["result_url"] is None
    assert job["error"]["code"] == "engine_error"
    assert "zero" in job["error"]["message"]


def test_a_cancelled_job_stops_in_the_engine(client: TestClient, sides: tuple[Side, Side]):
    endless = (
        "select count() from (select arrayJoin(range(100000000)) as a) as x, (select arrayJoin(range(1000)) as b) as y"
    )
    job = client.post("/v1/hql/jobs", json={"sql": endless}, headers=sides[0].headers).json()
    eventually(lambda: client.get(f"/v1/hql/jobs/{job['id']}", headers=sides[0].headers).json()["state"] == "running")
    told = client.post(f"/v1/hql/jobs/{job['id']}/cancel", headers=sides[0].headers).json()
    assert told["state"] == "cancelled"
    # Not stopped, it would hold up the end of the api.


async def test_a_client_that_leaves_stops_its_query_in_the_engine(served: ApiSettings, sides: tuple[Side, Side]):
    endless = (
        "select count() from (select arrayJoin(range(100000000)) as a) as x, (select arrayJoin(range(1000)) as b) as y"
    )
    # Not stopped, it would end at its time limit: another status.
    assert await post_and_leave(create_app(served), sides[0].headers, endless, lambda: None) == 499


def test_everything_is_ready(client: TestClient, sides: tuple[Side, Side]):
    assert client.get("/readyz").json()["parts"] == {"database": "ok", "warehouse": "ok", "object_store": "ok"}
