"""Parts of the HQL page that are functions of text and answers."""

from typing import Any

import polars as pl
import pytest

from app.api_client.values import Answer
from app.pages.hql.result import caret, summary
from app.pages.hql.schema_browser import short_type


def answer(**fields) -> Answer:
    known: dict[str, Any] = {
        "row_count": 1234,
        "truncated": False,
        "elapsed_ms": 45.2,
        "read_rows": 50_000,
        "cache": "miss",
    }
    return Answer(pl.DataFrame(), **({"age_seconds": 0.0} | known | fields))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "**1,234** rows · 45 ms · 50k rows read · :blue-badge[fresh]"),
        ({"row_count": 1}, "**1** row · 45 ms · 50k rows read · :blue-badge[fresh]"),
        (
            {"cache": "hit", "age_seconds": 12.0},
            "**1,234** rows · 45 ms · 50k rows read · :green-badge[cached 12 s ago]",
        ),
    ],
)
def test_the_line_above_an_answer(fields, told):
    assert summary(answer(**fields)) == told


def test_an_answer_older_than_the_data_says_so():
    assert "newer data came since" in summary(answer(cache="stale", age_seconds=8.0))


@pytest.mark.parametrize(
    ("line", "column", "shown"),
    [
        (2, 5, "2 │     modle\n        ^"),
        (1, None, "1 │ select"),
        (None, None, None),
        (9, 1, None),
    ],
)
def test_the_place_of_a_mistake(line, column, shown):
    assert caret("select\n    modle\nfrom requests", line, column) == shown


@pytest.mark.parametrize(
    ("type", "short"),
    [
        ("LowCardinality(Nullable(String))", "String"),
        ("Map(LowCardinality(String), String)", "Map(String, String)"),
        ("Nullable(Decimal(18, 12))", "Decimal(18, 12)"),
        ("UInt64", "UInt64"),
    ],
)
def test_types_as_people_say_them(type, short):
    assert short_type(type) == short
