"""Turns scores and feedback that are about one day's requests into rows of `scores`, all but their place."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipelines.schemas import record_schema
from pipelines.transforms.records import Parsed, as_time, as_uuid, in_order, parse_kinds, without_rejected
from warehouse import record

FEEDBACK = "feedback"
"""The name under which feedback stands among the scores."""

_KINDS = ("score", FEEDBACK)
_SCHEMA = record_schema(record.Score, record.Feedback)
_REQUIRED = ("organization_id", "score_id", "created_at")


def model_scores(lines: Sequence[bytes], parsed: Parsed, day: date) -> Parsed:
    """Picks scores and feedback out of a segment's lines; both the day and its segment are those of the request."""
    said = parse_kinds(lines, parsed, _KINDS, _SCHEMA)
    rows = without_rejected(said.frame.lazy().pipe(_typed, day).with_columns(_reject_reason()).collect())
    return Parsed(rows.frame, in_order((*said.rejected, *rows.rejected)))


def _typed(said: pl.LazyFrame, day: date) -> pl.LazyFrame:
    def feedback_or(feedback: pl.Expr, score: pl.Expr) -> pl.Expr:
        return pl.when(pl.col("kind") == FEEDBACK).then(feedback).otherwise(score)

    return said.with_columns(
        pl.lit(day).alias("day"),
        *map(as_uuid, ("organization_id", "score_id", "request_id")),
        as_time("created_at"),
        feedback_or(pl.lit(FEEDBACK), pl.col("name")).alias("name"),
        feedback_or(pl.lit("boolean"), pl.col("value_type").fill_null("float")).alias("value_type"),
        feedback_or(pl.col("rating").cast(pl.Float64), pl.col("value")).alias("value"),
        pl.col("source").fill_null(feedback_or(pl.lit("user"), pl.lit("api"))),
    )


def _reject_reason() -> pl.Expr:
    """Says why a record is no row of `scores`; NULL where it is one."""
    return (
        pl.when(pl.any_horizontal(pl.col(name).is_null() for name in _REQUIRED))
        .then(pl.lit(f"one of {', '.join(_REQUIRED)} is missing or unreadable"))
        .when(pl.col("request_id").is_null() & pl.col("session_id").is_null())
        .then(pl.lit("it tells neither which request nor which session it is about"))
        .when(pl.col("name").is_null() | (pl.col("value").is_null() & pl.col("category").is_null()))
        .then(pl.lit("it has no name, or neither a value nor a category"))
        .alias("reject_reason")
    )
