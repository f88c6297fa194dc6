import csv
import io
import json
import threading
from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from api.formats import WRITERS
from api.main import compose
from api.parts import Parts
from api.settings import ApiSettings
from hql.errors import Cancelled
from tests.api.conftest import GivenAnswers, a_result
from tests.api.leaving import post_and_leave

MOMENT = datetime(2026, 11, 3, 12, 30, 15, 250000, tzinfo=UTC)
TYPES = {"model": "Nullable(String)", "at": "DateTime64(6, 'UTC')", "cost_usd": "Decimal(18, 12)", "n": "UInt64"}


def a_table(rows: int = 2) -> pa.Table:
    schema = pa.schema(
        {
            "model": pa.string(),
            "at": pa.timestamp("us", "UTC"),
            "cost_usd": pa.decimal128(18, 12),
            "n": pa.uint64(),
            "properties": pa.map_(pa.string(), pa.string()),
            "tools": pa.list_(pa.string()),
        }
    )
    row = {
        "model": 'say "hi", Ünal\n',
        "at": MOMENT,
        "cost_usd": Decimal("0.000214000001"),
        "n": 2**63,
        "properties": {"team": "a"},
        "tools": ["search"],
    }
    nothing: dict[str, object] = {"model": None, "at": None, "cost_usd": None, "n": 0, "properties": {}, "tools": []}
    return pa.Table.from_pylist([row if n % 2 == 0 else nothing for n in range(rows)], schema)


@pytest.fixture
def ask(client: TestClient, key_of, answers: GivenAnswers):
    answers.answer = lambda organization_id, sql: a_result(a_table(), TYPES)
    headers = key_of("query")

    def post(**body: object):
        return client.post("/v1/hql", json={"sql": "select 1"} | body, headers=headers)

    return post


def test_json_carries_types_rows_and_how_it_went(ask):
    answer = ask()
    body = answer.json()
    assert body["columns"][2] == {"name": "cost_usd", "type": "Decimal(18, 12)"}
    assert body["rows"][0] == {
        "model": 'say "hi", Ünal\n',
        "at": "2026-11-03T12:30:15.250000Z",
        "cost_usd": 0.000214000001,
        "n": 2**63,
        "properties": {"team": "a"},
        "tools": ["search"],
    }
    assert body["rows"][1]["cost_usd"] is None
    assert "0.000214000001" in answer.text
    assert {
        name: body[name] for name in ("row_count", "truncated", "elapsed_ms", "read_rows", "read_bytes", "cache")
    } == {
        "row_count": 2,
        "truncated": False,
        "elapsed_ms": 12.3,
        "read_rows": 100,
        "read_bytes": 2000,
        "cache": {"state": "miss", "age_seconds": 0.0},
    }


@pytest.mark.parametrize("format", WRITERS)
def test_every_format_tells_how_it_went_in_headers(ask, answers: GivenAnswers, format: str):
    result = a_result(a_table(), TYPES, cache="hit", age_seconds=61.2, truncated=True)
    answers.answer = lambda organization_id, sql: result
    headers = ask(format=format).headers
    assert headers["Weir-Row-Count"] == "2"
    assert headers["Weir-Truncated"] == "true"
    assert (headers["Weir-Cache"], headers["Weir-Cache-Age"]) == ("hit", "61")
    assert (headers["Weir-Elapsed-Ms"], headers["Weir-Read-Rows"], headers["Weir-Read-Bytes"]) == (
        "12.3",
        "100",
        "2000",
    )
    assert json.loads(headers["Weir-Columns"])[0] == ["model", "Nullable(String)"]


def test_jsonl_is_one_object_a_line(ask):
    lines = ask(format="jsonl").text.splitlines()
    assert json.loads(lines[0])["properties"] == {"team": "a"}
    assert len(lines) == 2


def test_csv_reads_back(ask):
    header, first, second = csv.reader(io.StringIO(ask(format="csv").text))
    assert header == ["model", "at", "cost_usd", "n", "properties", "tools"]
    assert first[0] == 'say "hi", Ünal\n'
    assert first[1] == "2026-11-03T12:30:15.250000Z"
    assert first[2:] == ["0.000214000001", str(2**63), '{"team":"a"}', '["search"]']
    assert second == ["", "", "", "0", "{}", "[]"]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("*/*", "application/json"),
        ("text/html, application/x-ndjson;q=0.9", "application/x-ndjson"),
    ],
)
def test_the_accept_header_chooses_where_the_body_does_not(client: TestClient, ask, key_of, accept: str, answered: str):
    answer = client.post("/v1/hql", json={"sql": "select 1"}, headers=key_of("query") | {"Accept": accept})
    assert answer.headers["content-type"] == answered
    assert ask(format="json").headers["content-type"] == "application/json"


@pytest.mark.parametrize(("format", "read"), [("parquet", pl.read_parquet), ("arrow", pl.read_ipc_stream)])
def test_polars_reads_the_binary_formats(ask, format, read):
    frame = read(ask(format=format).content)
    assert frame["cost_usd"].to_list() == [Decimal("0.000214000001"), None]
    assert frame["at"].to_list() == [MOMENT, None]


def test_arrow_carries_the_engines_types(ask):
    with pa.ipc.open_stream(ask(format="arrow").content) as reader:
        assert reader.schema.field("n").metadata == {b"clickhouse_type": b"UInt64"}


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("rows", [0, 5001])
def test_any_number_of_rows_is_written_whole(ask, answers: GivenAnswers, format: str, rows: int):
    answers.answer = lambda organization_id, sql: a_result(a_table(rows), TYPES)
    content = ask(format=format).content
    counted = {
        "json": lambda: len(json.loads(content)["rows"]),
        "jsonl": lambda: content.count(b"\n"),
        "csv": lambda: len(list(csv.reader(io.StringIO(content.decode())))) - 1,
        "parquet": lambda: len(pl.read_parquet(content)),
        "arrow": lambda: len(pl.read_ipc_stream(content)),
    }
    assert counted[format]() == rows


def test_times_of_other_zones_are_the_same_moments(ask, answers: GivenAnswers):
    table = pa.table({"at": pa.array([MOMENT], pa.timestamp("us", "Europe/Zurich"))})
    answers.answer = lambda organization_id, sql: a_result(table)
    assert datetime.fromisoformat(ask().json()["rows"][0]["at"]) == MOMENT
    assert ask(format="csv").text == "at\n2026-11-03T12:30:15.250000Z\n"


def test_nanoseconds_and_what_is_no_number_are_written(ask, answers: GivenAnswers):
    table = pa.table({"at": pa.array([1_700_000_000_000_000_001], pa.timestamp("ns", "UTC")), "x": [float("nan")]})
    answers.answer = lambda organization_id, sql: a_result(table)
    assert ask().json()["rows"] == [{"at": "2023-11-14T22:13:20Z", "x": None}]


def test_what_was_asked_reaches_the_service(ask, answers: GivenAnswers, acme):
    ask(sql="select {n:UInt8} as n", parameters={"n": 1}, limit=5, fresh=True, max_age=10, timeout=2)
    organization_id, sql, options = answers.asked[0]
    assert organization_id == acme.id
    assert sql == "select {n:UInt8} as n"
    assert options.pop("query_id")
    assert options == {"parameters": {"n": 1}, "limit": 5, "fresh": True, "max_age": 10, "timeout": 2}


@pytest.mark.parametrize("body", [{"format": "xml"}, {"limit": 0}, {"max_age": -1}, {"timeout": 0}, {"cache": False}])
def test_what_cannot_be_asked_is_refused(ask, answers: GivenAnswers, body: dict[str, object]):
    assert ask(**body).status_code == 400
    assert answers.asked == []


def test_decimals_are_exact_numbers(ask, answers: GivenAnswers):
    written = {
        "0": "0",
        "0.5": "0.5",
        "-12.300000000001": "-12.300000000001",
        "12345678901234567890": "12345678901234567890",
    }
    values = [Decimal(text) for text in written]
    table = pa.table({"x": pa.array([*values, None], pa.decimal128(38, 12))})
    answers.answer = lambda organization_id, sql: a_result(table)
    lines = ask(format="jsonl").text.splitlines()
    assert lines == [*(f'{{"x":{text}}}' for text in written.values()), '{"x":null}']
    assert ask(format="csv").text.splitlines()[1] == "0.000000000000"


def test_any_name_and_any_map_is_written(ask, answers: GivenAnswers):
    maps = pa.array([[("a", 1)], [], [("b", 2), ("c", None)]], pa.map_(pa.string(), pa.int64()))
    table = pa.table({'concat("\\")': [1, 2, 3], "": ["x", None, ""], "maps": maps}).slice(1)
    answers.answer = lambda organization_id, sql: a_result(table)
    assert ask().json()["rows"] == [
        {'concat("\\")': 2, "": None, "maps": {}},
        {'concat("\\")': 3, "": "", "maps": {"b": 2, "c": None}},
    ]
    nothing = pa.array([None, [("a", 1)]], pa.map_(pa.string(), pa.int64()))
    answers.answer = lambda organization_id, sql: a_result(pa.table({"maps": nothing}))
    assert ask().json()["rows"] == [{"maps": None}, {"maps": {"a": 1}}]


def test_values_within_values_are_written(ask, answers: GivenAnswers):
    kind = pa.list_(pa.struct({"at": pa.timestamp("us", "UTC"), "cost": pa.decimal128(18, 2)}))
    table = pa.table({"steps": pa.array([[{"at": MOMENT, "cost": Decimal("0.10")}], None], kind)})
    answers.answer = lambda organization_id, sql: a_result(table)
    assert ask().json()["rows"] == [{"steps": [{"at": "2026-11-03T12:30:15.250000Z", "cost": 0.10}]}, {"steps": None}]


def test_a_query_is_validated(client: TestClient, key_of):
    body = client.post("/v1/hql/validate", json={"sql": "select 1"}, headers=key_of("query")).json()
    assert body["columns"] == [{"name": "n", "type": "UInt64"}]
    assert body["parameters"] == {"days": "UInt8"}


def test_what_a_query_would_read_is_told(client: TestClient, key_of, answers: GivenAnswers, acme):
    body = {"sql": "select {n:UInt8} from requests", "parameters": {"n": 1}}
    told = client.post("/v1/hql/explain", json=body, headers=key_of("query")).json()
    assert told["rows"] == 307
    assert told["tables"][0] == {"table": "requests", "rows": 300, "parts": 14, "granules": 15}
    assert answers.asked == [(acme.id, body["sql"], {"parameters": {"n": 1}})]


def test_the_schema_lists_tables_without_the_organization(client: TestClient, key_of):
    answer = client.get("/v1/hql/schema", headers=key_of("query"))
    assert "requests" in {table["name"] for table in answer.json()["tables"]}
    assert "organization_id" not in answer.text


async def test_a_client_that_leaves_cancels_its_query(
    parts: Parts, settings: ApiSettings, answers: GivenAnswers, key_of
):
    started, stopped = threading.Event(), threading.Event()

    def run(organization_id, sql):
        started.set()
        stopped.wait(30)
        raise Cancelled("cancelled", "somebody stopped it")

    answers.answer = run
    answers.when_cancelled = stopped.set
    status = await post_and_leave(compose(parts, settings), key_of("query"), "select 1", started.wait)
    assert status == 499
    (asked,) = answers.asked
    assert answers.cancelled[0] == asked[2]["query_id"]
