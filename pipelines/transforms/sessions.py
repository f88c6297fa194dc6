"""Sums a day's requests up into `sessions`."""

import polars as pl

from pipelines.schemas import conform, table_schema
from pipelines.transforms.steps import IS_CALL
from warehouse.tables import SESSIONS

COLUMNS = (
    "organization_id",
    "session_id",
    "session_name",
    "step_kind",
    "created_at",
    "completed_at",
    "is_error",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "user_id",
    "model",
    "loaded_at",
)
"""What it needs of `requests`."""


def sessions(requests: pl.LazyFrame) -> pl.LazyFrame:
    """One row for each session of the day; requests without a session are in none."""
    summed = (
        requests.filter(pl.col("session_id").fill_null("") != "")
        .sort("created_at")
        .group_by("organization_id", pl.col("created_at").dt.date().alias("day"), "session_id")
        .agg(
            pl.col("session_name").drop_nulls().last(),
            pl.col("created_at").min().alias("started_at"),
            pl.col("completed_at").max().alias("ended_at"),
            IS_CALL.sum().alias("request_count"),
            (~IS_CALL).sum().alias("step_count"),
            (IS_CALL & pl.col("is_error")).sum().alias("error_count"),
            pl.col("input_tokens").sum(),
            pl.col("output_tokens").sum(),
            pl.col("cost_usd").cast(pl.Decimal(38, 12)).sum(),
            (IS_CALL & pl.col("cost_usd").is_null()).sum().alias("unpriced_count"),
            pl.col("user_id").drop_nulls().unique().sort().alias("user_ids"),
            pl.col("model").drop_nulls().unique().sort().alias("models"),
            pl.col("loaded_at").max(),
        )
        .sort("organization_id", "day", "session_id")
    )
    return conform(summed, table_schema(SESSIONS))
