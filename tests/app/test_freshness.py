"""What the badge says about the data's age."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.api_client.values import Freshness, Problem
from app.dashboard.freshness import badge

NOW = datetime(2026, 11, 21, 13, 3, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def told(seconds_ago: float | None, *, lag_ms: float | None = None, pending: int = 0, down: str = "") -> Freshness:
    return Freshness(
        checked_at=NOW,
        last_loaded_at=None if seconds_ago is None else NOW - timedelta(seconds=seconds_ago),
        lag_ms_p50=lag_ms,
        lag_ms_p95=lag_ms,
        pending_segments=pending,
        problems=(Problem(down, "it does not answer", "look at its log"),) if down else (),
    )


@pytest.mark.parametrize(
    ("freshness", "text", "colour"),
    [
        (told(4, lag_ms=900), "Data up to 14:03, 4 s ago", "green"),
        (told(7200), "Data up to 12:03, 2 h ago", "green"),
        (told(720, pending=3), "Data up to 13:51, 12 min ago", "orange"),
        (told(4, lag_ms=400_000, pending=3), "Data up to 14:03, 4 s ago", "orange"),
        (told(4, lag_ms=86_400_000), "Data up to 14:03, 4 s ago", "green"),
        (told(None), "No data yet", "gray"),
        (told(720, down="warehouse"), "The warehouse is down; data up to 13:51", "red"),
        (told(None, down="pipelines"), "The pipelines are down", "red"),
    ],
)
def test_the_badge(freshness, text, colour):
    shown = badge(freshness, BERLIN)
    assert (shown.text, shown.colour) == (text, colour)


def test_old_traffic_that_was_brought_is_no_lag():
    assert "Old traffic" in badge(told(4, lag_ms=86_400_000), BERLIN).help
    assert "half within 900 ms" in badge(told(4, lag_ms=900), BERLIN).help
