"""Charts are functions of frames, and the frames are made whole before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from app.charts import over_time, palette, series
from app.charts.custom import KINDS, custom, suggested
from app.charts.errors import errors_by_type
from app.charts.waterfall import Step, waterfall
from app.page_parts.period import RANGES, between, recent

NOW = datetime(2026, 11, 21, 12, 0, 3, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = between(NOW.replace(second=0) - timedelta(hours=1), NOW.replace(second=0))


def at(minute: int) -> datetime:
    return datetime(2026, 11, 21, 11, minute, tzinfo=UTC)


def test_buckets_in_which_nothing_happened_are_zero_for_each_series():
    frame = pl.DataFrame({"bucket": [at(0), at(5)], "status_class": ["2xx", "5xx"], "request_count": [3, 1]})
    whole = series.complete(frame, HOUR, BERLIN, by="status_class")
    assert whole.height == 2 * 60
    assert whole["request_count"].sum() == 4
    assert whole["bucket"].min() == datetime(2026, 11, 21, 12, 0)  # noqa: DTZ001 - the viewer's wall clock


def test_unknown_numbers_stay_unknown_where_nothing_happened():
    frame = pl.DataFrame({"bucket": [at(0)], "latency_p50_ms": [12.0]})
    whole = series.complete(frame, HOUR, BERLIN)
    assert whole["latency_p50_ms"].null_count() == 59


def test_small_series_are_added_up_as_other():
    frame = pl.DataFrame(
        {"bucket": [at(0)] * 3, "model": ["a", "b", "c"], "cost_usd": [Decimal(5), Decimal(1), Decimal(2)]}
    )
    few = series.largest(frame, "model", "cost_usd", keep=1)
    assert dict(few.select("model", "cost_usd").iter_rows()) == {"a": 5.0, "other": 3.0}


def test_a_model_keeps_its_colour_when_others_join():
    assert palette.model_colours(["a", "b"])["b"] == palette.model_colours(["a", "b", "c"])["b"]


def test_status_classes_have_their_colours_and_order():
    frame = pl.DataFrame({"bucket": [at(0)] * 3, "status_class": ["5xx", "2xx", "4xx"], "request_count": [1, 2, 3]})
    figure = over_time.requests_by_status(frame)
    assert [bars.name for bars in figure.data] == ["2xx", "4xx", "5xx"]
    assert [bars.marker.color for bars in figure.data] == [palette.STATUS[bars.name] for bars in figure.data]


def test_latency_is_drawn_in_seconds_and_told_as_everywhere():
    frame = pl.DataFrame(
        {
            "bucket": [at(0), at(1), at(2)],
            "latency_p50_ms": [500.0, None, 700.0],
            "latency_p95_ms": [1500.0, None, 1700.0],
            "latency_p99_ms": [2500.0, None, 2700.0],
            "time_to_first_token_p50_ms": [100.0, None, 120.0],
        }
    )
    p50 = over_time.latency(frame).data[0]
    assert list(p50.y) == [0.5, None, 0.7]
    assert list(p50.customdata) == ["500 ms", "–", "700 ms"]


def test_errors_are_drawn_from_the_commonest_down():
    frame = pl.DataFrame(
        {"error_type": ["rate_limited", "timeout"], "status_code": [429, None], "request_count": [9, 2]}
    )
    bars = errors_by_type(frame).data[0]
    assert [name.strip() for name in bars.y] == ["timeout · no status", "rate_limited · 429"]
    assert list(bars.marker.color) == [palette.STATUS["none"], palette.STATUS["4xx"]]


def test_a_waterfall_puts_each_step_where_it_began():
    bars = waterfall([Step("Gateway", 0, 2), Step("Waiting", 2, 400)]).data[0]
    assert list(bars.base) == [0, 2]
    assert list(bars.text) == ["2 ms", "398 ms"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_chart_draws_money(kind):
    frame = pl.DataFrame({"day": [at(0), at(1)], "usd": [Decimal("1.5"), None], "model": ["a", "b"]})
    assert custom(frame, kind, "day", "usd", "model").data


@pytest.mark.parametrize(
    ("frame", "chart"),
    [
        (pl.DataFrame({"day": [at(0)], "n": [1], "model": ["a"]}), ("line", "day", "n", "model")),
        (pl.DataFrame({"model": ["a"], "n": [1]}), ("bar", "model", "n", None)),
        (pl.DataFrame({"x": [1], "y": [2]}), ("scatter", "x", "y", None)),
        (pl.DataFrame({"model": ["a"]}), None),
        (pl.DataFrame({"n": [1]}), None),
    ],
)
def test_the_chart_that_suits_an_answer(frame, chart):
    assert suggested(frame) == chart


@pytest.mark.parametrize("range", [each for each in RANGES if each != "custom"])
def test_a_period_has_whole_buckets_and_holds_now(range):
    period = recent(range, NOW)
    assert period.start.timestamp() % period.step_seconds == 0
    assert period.end >= NOW
    assert 24 <= (period.end - period.start).total_seconds() / period.step_seconds <= 66
    assert period.previous.end == period.start


def test_a_recent_period_moves_on_and_chosen_dates_do_not():
    later = NOW + timedelta(minutes=5)
    assert recent("1h", NOW).renewed(later).end > recent("1h", NOW).end
    assert HOUR.renewed(later) == HOUR
