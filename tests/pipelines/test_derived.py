from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from pipelines.schemas import table_schema
from pipelines.transforms.sessions import COLUMNS as SESSION_COLUMNS
from pipelines.transforms.sessions import sessions
from pipelines.transforms.usage_hourly import COLUMNS as USAGE_COLUMNS
from pipelines.transforms.usage_hourly import usage_hourly
from pipelines.transforms.users_daily import COLUMNS as USER_COLUMNS
from pipelines.transforms.users_daily import users_daily
from tests.pipelines.exchanges import DAY, NOON
from warehouse.tables import REQUESTS, SESSIONS, USAGE_HOURLY, USERS_DAILY

LOADED_AT = datetime(2026, 11, 20, 12, 1, tzinfo=UTC)
_COMPUTED = {"model": pl.String(), "is_error": pl.Boolean()}
SCHEMA = {
    name: (table_schema(REQUESTS) | _COMPUTED)[name]
    for name in dict.fromkeys((*SESSION_COLUMNS, *USAGE_COLUMNS, *USER_COLUMNS))
}


def rows(*given: dict) -> pl.LazyFrame:
    usual = {
        "organization_id": "a",
        "session_id": "s",
        "step_kind": "llm",
        "created_at": NOON,
        "completed_at": NOON + timedelta(seconds=1),
        "is_error": False,
        "cache_hit": False,
        "provider": "openai",
        "model": "gpt-4o",
        "status_code": 200,
        "input_tokens": 10,
        "output_tokens": 2,
        "cost_usd": Decimal("0.25"),
        "latency_ms": 1000.0,
        "loaded_at": LOADED_AT,
    }
    return pl.LazyFrame([usual | each for each in given], schema=SCHEMA)


def test_a_session_spans_its_first_request_to_its_last_response():
    table = sessions(
        rows(
            {
                "created_at": NOON + timedelta(minutes=1),
                "completed_at": NOON + timedelta(minutes=9),
                "session_name": "late",
            },
            {"created_at": NOON, "session_name": "early", "user_id": "u2", "model": "b"},
            {"created_at": NOON + timedelta(minutes=2), "completed_at": NOON + timedelta(minutes=3), "user_id": "u1"},
        )
    ).collect()
    (row,) = table.to_dicts()
    assert row["day"] == DAY
    assert (row["started_at"], row["ended_at"]) == (NOON, NOON + timedelta(minutes=9))
    assert row["session_name"] == "late"
    assert row["user_ids"] == ["u1", "u2"]
    assert row["models"] == ["b", "gpt-4o"]
    assert row["request_count"] == 3
    assert row["loaded_at"] == LOADED_AT


def test_unknown_is_counted_and_not_summed():
    (row,) = sessions(rows({}, {"cost_usd": None, "input_tokens": None, "is_error": True})).collect().to_dicts()
    assert (row["cost_usd"], row["unpriced_count"]) == (Decimal("0.25"), 1)
    assert (row["input_tokens"], row["error_count"]) == (10, 1)


def test_requests_without_a_session_are_in_none():
    assert sessions(rows({"session_id": None}, {"session_id": ""})).collect().height == 0


def test_sessions_of_two_organizations_stay_apart():
    assert sessions(rows({}, {"organization_id": "b"})).collect().height == 2


def test_usage_is_summed_by_hour_model_and_status_class():
    table = usage_hourly(
        rows(
            {},
            {"created_at": NOON + timedelta(minutes=59), "cache_hit": True},
            {"created_at": NOON + timedelta(minutes=60)},
            {"status_code": 503, "is_error": True, "cost_usd": None},
            {"status_code": None, "is_error": True, "model": None},
        )
    ).collect()
    assert table["request_count"].sum() == 5
    found = {(row["hour"].hour, row["model"], row["status_class"]): row for row in table.to_dicts()}
    assert set(found) == {
        (12, "gpt-4o", "2xx"),
        (13, "gpt-4o", "2xx"),
        (12, "gpt-4o", "5xx"),
        (12, "", "none"),
    }
    first = found[12, "gpt-4o", "2xx"]
    assert (first["request_count"], first["cache_hit_count"], first["cost_usd"]) == (2, 1, Decimal("0.50"))
    assert found[12, "gpt-4o", "5xx"]["unpriced_count"] == 1


def test_steps_that_call_no_model_are_counted_beside_the_calls_and_in_none_of_their_figures():
    tool = {
        "step_kind": "tool",
        "provider": "custom",
        "model": None,
        "input_tokens": None,
        "output_tokens": None,
        "cost_usd": None,
        "is_error": True,
        "completed_at": NOON + timedelta(minutes=5),
        "loaded_at": LOADED_AT + timedelta(minutes=1),
    }
    (session,) = sessions(rows({}, tool)).collect().to_dicts()
    assert (session["request_count"], session["step_count"]) == (1, 1)
    assert (session["error_count"], session["unpriced_count"], session["models"]) == (0, 0, ["gpt-4o"])
    assert session["ended_at"] == NOON + timedelta(minutes=5)

    by_provider = {row["provider"]: row for row in usage_hourly(rows({}, tool)).collect().to_dicts()}
    assert (by_provider["openai"]["request_count"], by_provider["openai"]["step_count"]) == (1, 0)
    steps = by_provider["custom"]
    assert (steps["request_count"], steps["step_count"]) == (0, 1)
    assert (steps["error_count"], steps["unpriced_count"], steps["latency_ms_sum"]) == (0, 0, 0.0)
    assert steps["latency_ms_counts"] == []
    # Else a day that only got a new step would seem not to be summed up.
    assert steps["loaded_at"] == LOADED_AT + timedelta(minutes=1)


@pytest.mark.parametrize("latency_ms", [0.125, 0.3, 1.0, 47.1, 999.0, 1000.0, 599_999.0])
def test_a_duration_is_kept_to_a_few_percent(latency_ms):
    (row,) = usage_hourly(rows({"latency_ms": latency_ms, "time_to_first_token_ms": latency_ms})).collect().to_dicts()
    assert row["latency_ms_values"] == [pytest.approx(latency_ms, rel=0.045)]
    assert row["time_to_first_token_ms_values"] == row["latency_ms_values"]
    assert row["latency_ms_counts"] == row["time_to_first_token_ms_counts"] == [1]


def test_durations_that_round_to_the_same_are_counted_together_in_their_order():
    (row,) = (
        usage_hourly(rows(*({"latency_ms": each} for each in (64.0, 2000.0, 64.1, 0.0, 64.2)))).collect().to_dicts()
    )
    assert row["latency_ms_values"] == [0.125, 64.0, pytest.approx(2000, rel=0.045)]
    assert row["latency_ms_counts"] == [1, 3, 1]


def test_a_request_without_a_latency_is_in_no_histogram():
    (row,) = usage_hourly(rows({"latency_ms": None})).collect().to_dicts()
    assert (row["latency_ms_values"], row["latency_ms_counts"]) == ([], [])
    assert row["latency_ms_sum"] == 0


def test_unknown_usage_and_unknown_costs_of_failures_are_counted():
    (row,) = (
        usage_hourly(
            rows(
                {"saved_cost_usd": Decimal("0.5")},
                {"output_tokens": None},
                {"input_tokens": None, "output_tokens": None, "cost_usd": None},
                {"cost_usd": None, "is_error": True},
            )
        )
        .collect()
        .to_dicts()
    )
    assert (row["usage_count"], row["input_tokens"], row["total_tokens"]) == (3, 30, 24)
    assert (row["unpriced_count"], row["unpriced_error_count"], row["saved_cost_usd"]) == (2, 1, Decimal("0.5"))


def test_a_users_day_sums_up_the_calls_made_for_them():
    of_ada = {"user_id": "ada"}
    table = users_daily(
        rows(
            of_ada,
            of_ada | {"is_error": True, "output_tokens": None, "cost_usd": None, "latency_ms": None},
            of_ada | {"step_kind": "tool"},
            {"user_id": "bob", "loaded_at": LOADED_AT + timedelta(minutes=1)},
            {"user_id": None},
        )
    ).collect()
    ada, bob = table.to_dicts()
    assert (ada["user_id"], ada["day"], ada["request_count"], ada["error_count"]) == ("ada", DAY, 2, 1)
    assert (ada["usage_count"], ada["input_tokens"], ada["output_tokens"], ada["total_tokens"]) == (2, 20, 2, 12)
    assert (ada["cost_usd"], ada["unpriced_count"]) == (Decimal("0.25"), 1)
    assert (ada["latency_ms_sum"], ada["latency_count"]) == (1000.0, 1)
    assert (bob["user_id"], bob["request_count"], bob["loaded_at"]) == ("bob", 1, LOADED_AT + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("transform", "table"), [(sessions, SESSIONS), (usage_hourly, USAGE_HOURLY), (users_daily, USERS_DAILY)]
)
def test_the_result_has_exactly_the_columns_of_its_table(transform, table):
    assert transform(rows({})).collect().schema == table_schema(table)
    assert transform(rows()).collect().schema == table_schema(table)
