"""The formats that ux conventions fix: one table for each kind of value."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app import formats


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0, "0"),
        (7, "7"),
        (0.5, "0.5"),
        (999, "999"),
        (1000, "1k"),
        (1234, "1.2k"),
        (99_949, "99.9k"),
        (123_456, "123k"),
        (999_960, "1M"),
        (34_500_000, "34.5M"),
        (2_100_000_000, "2.1B"),
        (-1234, "-1.2k"),
    ],
)
def test_counts(value, written):
    assert formats.count(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),
        (0, "$0"),
        (Decimal("0.000214"), "$0.000214"),
        (0.00021449, "$0.000214"),
        (0.0000001, "$0.0000001"),
        (1e-12, "<$0.000000001"),
        (0.0123, "$0.0123"),
        (0.1, "$0.10"),
        (0.9999, "$1.00"),
        (0.04, "$0.04"),
        (0.999, "$0.999"),
        (1, "$1.00"),
        (12.3, "$12.30"),
        (999.99, "$999.99"),
        (4100, "$4.1k"),
        (-12.3, "-$12.30"),
    ],
)
def test_money_keeps_the_digits_that_tell_something(value, written):
    assert formats.money(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),
        (0, "0 ms"),
        (0.42, "0.4 ms"),
        (320.4, "320 ms"),
        (999.4, "999 ms"),
        (999.6, "1.00 s"),
        (1840, "1.84 s"),
        (12_345, "12.3 s"),
        (60_000, "1 min"),
        (125_000, "2 min 5 s"),
    ],
)
def test_durations(value, written):
    assert formats.duration(value) == written


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        (None, 10, "–"),
        (1, 0, "–"),
        (0, 10, "0%"),
        (1, 100_000, "<0.01%"),
        (42, 10_000, "0.42%"),
        (31, 1000, "3.1%"),
        (58, 100, "58%"),
        (1, 1, "100%"),
    ],
)
def test_shares(part, whole, written):
    assert formats.share(part, whole) == written


@pytest.mark.parametrize(
    ("now", "before", "written"),
    [(112, 100, "+12%"), (96.9, 100, "-3.1%"), (5, 0, None), (None, 3, None), (5, None, None), (5000, 1, ">999%")],
)
def test_changes_need_something_to_compare_with(now, before, written):
    assert formats.change(now, before) == written


@pytest.mark.parametrize(
    ("seconds", "written"), [(-3, "0 s"), (4, "4 s"), (125, "2 min"), (7300, "2 h"), (200_000, "2 d")]
)
def test_ages(seconds, written):
    assert formats.age(timedelta(seconds=seconds)) == written


def test_a_clock_shows_the_day_only_when_it_is_not_today():
    zone, now = ZoneInfo("Europe/Berlin"), datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
    assert formats.clock(now - timedelta(minutes=2), zone, now) == "14:03"
    assert formats.clock(now - timedelta(days=3), zone, now) == "18 Nov 14:05"
    assert formats.clock(now - timedelta(days=400), zone, now) == "17 Oct 2025 15:05"


def test_a_moment_names_its_zone():
    at = datetime(2026, 11, 21, 13, 5, 7, 123_456, tzinfo=UTC)
    assert formats.moment(at, ZoneInfo("Europe/Berlin")) == "2026-11-21 14:05:07.123 CET"


@pytest.mark.parametrize(("size", "written"), [(None, "–"), (812, "812 B"), (4200, "4.2 kB"), (1_300_000, "1.3 MB")])
def test_sizes(size, written):
    assert formats.bytes_size(size) == written
