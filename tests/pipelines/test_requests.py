from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import polars as pl
import pytest

from pipelines.schemas import record_schema, table_schema
from pipelines.transforms.records import parse
from pipelines.transforms.requests import model_requests
from tests.pipelines.exchanges import DAY, NOON, exchange, line
from warehouse import record
from warehouse.tables import REQUESTS, TABLES

ADDED_BY_THE_LOADER = {
    "loaded_at",
    "cost_usd",
    "saved_cost_usd",
    "price_source",
    "price_version",
    "segment",
    "frame_offset",
    "frame_length",
    "frame_line",
}

GARBAGE = [
    b"",
    b'{"kind":"exchange","request_id":"',
    b"\xff\xfe",
    b"[]",
    b"null",
    line() + line(),
    line(input_tokens=10**30),
]


def test_the_rows_have_every_column_that_the_loader_does_not_add():
    rows = model_requests(parse([line()]), DAY).frame
    assert set(table_schema(REQUESTS)) - ADDED_BY_THE_LOADER <= set(rows.columns)


def test_every_type_of_the_tables_is_known():
    assert all(len(table_schema(table)) == len(table.stored) for table in TABLES)


def test_bodies_and_headers_are_not_read():
    assert not {"request_body", "response_body", "request_headers", "response_headers"} & set(record_schema())


def test_a_record_becomes_a_row():
    given = exchange(
        properties=[record.Pair("feature", "search"), record.Pair("team", "growth")],
        tool_names=["lookup", "refund"],
        attempts=[
            record.Attempt(provider="openai", host="a", started_at=NOON, duration_ms=1, status_code=503),
            record.Attempt(provider="openai", host="b", started_at=NOON, duration_ms=1, status_code=200),
        ],
        provider_cost_usd=Decimal("0.00123"),
        api_key_id=UUID(int=7),
    )
    row = model_requests(parse([record.encode(given)]), DAY).frame.row(0, named=True)
    assert row["request_id"] == str(given.request_id)
    assert row["created_at"] == given.created_at
    assert row["completed_at"] - row["created_at"] == timedelta(milliseconds=800)
    assert row["properties"] == [{"key": "feature", "value": "search"}, {"key": "team", "value": "growth"}]
    assert row["tool_names"] == ["lookup", "refund"]
    assert row["attempt_count"] == 2
    assert row["provider_cost_usd"] == Decimal("0.00123")
    assert row["api_key_id"] == str(UUID(int=7))
    assert (row["source"], row["usage_source"], row["cache_hit"], row["user_id"]) == (
        "gateway",
        "reported",
        False,
        None,
    )


def test_a_field_of_a_later_version_is_ignored():
    newer = line()[:-1] + b',"invented_later":{"a":[1]}}'
    assert model_requests(parse([newer]), DAY).frame.height == 1


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_one_bad_line_costs_that_line_only(garbage):
    parsed = parse([line(), garbage, line()])
    assert parsed.frame["line"].to_list() == [0, 2]
    assert [each.line for each in parsed.rejected] == [1]
    assert parsed.rejected[0].reason


def test_many_bad_lines_are_each_set_aside():
    lines = [line(input_tokens=10**30) if number % 3 else line() for number in range(50)]
    parsed = parse(lines)
    assert parsed.frame["line"].to_list() == list(range(0, 50, 3))
    assert len(parsed.rejected) == 33


def test_nothing_read_is_an_empty_frame():
    assert model_requests(parse([]), DAY).frame.height == 0
    assert model_requests(parse([b"x"]), DAY).frame.height == 0


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"kind":"span"}', "records of kind `span`"),
        (b'{"kind":"exchange","request_id":"%s"}' % b"7", "missing or unreadable"),
        (line(NOON - timedelta(days=1)), "not the segment's day"),
    ],
)
def test_what_is_no_row_of_the_day_is_rejected_with_a_reason(bad, reason):
    modelled = model_requests(parse([line(), bad, line()]), DAY)
    assert modelled.frame["line"].to_list() == [0, 2]
    assert [each.line for each in modelled.rejected] == [1]
    assert reason in modelled.rejected[0].reason


def test_the_first_record_of_an_id_wins():
    given = UUID(int=5)
    lines = [line(request_id=given, user_id="first"), line(), line(request_id=given, user_id="second")]
    modelled = model_requests(parse(lines), DAY)
    assert modelled.duplicates.len() == 1
    assert modelled.frame.filter(pl.col("request_id") == str(given))["user_id"].to_list() == ["first"]


def test_two_organizations_may_use_the_same_id():
    given = UUID(int=5)
    lines = [line(request_id=given), line(request_id=given, organization_id=UUID(int=9))]
    assert model_requests(parse(lines), DAY).frame.height == 2


def test_a_number_that_no_column_can_hold_is_unknown():
    row = model_requests(parse([line(input_tokens=-5, status_code=70_000)]), DAY).frame
    typed = row.select(
        pl.col("input_tokens").cast(pl.UInt64, strict=False), pl.col("status_code").cast(pl.UInt16, strict=False)
    )
    assert typed.row(0) == (None, None)


def test_what_the_cache_and_the_limits_had_to_do_with_a_call_is_in_its_row():
    given = exchange(
        cache_hit=True,
        cache_reference_id=UUID(int=9),
        cache_key="0/abc",
        saved_latency_ms=812.5,
        rate_limit_policy="5;w=60;u=request",
    )
    (row,) = model_requests(parse([record.encode(given)]), DAY).frame.to_dicts()
    assert (row["cache_hit"], row["cache_reference_id"]) == (True, str(UUID(int=9)))
    assert (row["cache_key"], row["saved_latency_ms"]) == ("0/abc", 812.5)
    assert row["rate_limit_policy"] == "5;w=60;u=request"


@pytest.mark.parametrize(
    ("given", "tries"),
    [
        ({"cache_hit": True}, 0),
        ({"status_code": 429, "rate_limit_policy": "100;w=60;u=request;s=user"}, 0),
        ({"source": "log"}, 1),
        ({"source": "otlp", "step_kind": "tool"}, 0),
    ],
)
def test_calls_that_asked_no_provider_have_no_attempt(given, tries):
    assert model_requests(parse([line(**given)]), DAY).frame["attempt_count"].to_list() == [tries]
