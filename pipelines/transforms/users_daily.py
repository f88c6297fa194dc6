"""Sums a day's requests up into `users_daily`."""

import polars as pl

from pipelines.schemas import conform, table_schema
from pipelines.transforms.steps import IS_CALL
from warehouse.tables import USERS_DAILY

COLUMNS = (
    "organization_id",
    "created_at",
    "step_kind",
    "user_id",
    "is_error",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "latency_ms",
    "loaded_at",
)
"""What it needs of `requests`."""


def users_daily(requests: pl.LazyFrame) -> pl.LazyFrame:
    """One row for each user with calls on the day; calls for nobody are in none."""
    tokens = ("input_tokens", "output_tokens")
    summed = (
        requests.filter(IS_CALL & pl.col("user_id").is_not_null())
        .group_by("organization_id", pl.col("created_at").dt.date().alias("day"), "user_id")
        .agg(
            pl.len().alias("request_count"),
            pl.col("is_error").sum().alias("error_count"),
            pl.any_horizontal(pl.col(tokens).is_not_null()).sum().alias("usage_count"),
            pl.col(tokens).sum(),
            (pl.col("input_tokens") + pl.col("output_tokens")).sum().alias("total_tokens"),
            pl.col("cost_usd").cast(pl.Decimal(38, 12)).sum(),
            pl.col("cost_usd").is_null().sum().alias("unpriced_count"),
            pl.col("latency_ms").sum().alias("latency_ms_sum"),
            pl.col("latency_ms").count().alias("latency_count"),
            pl.col("loaded_at").max(),
        )
        .sort("organization_id", "day", "user_id")
    )
    return conform(summed, table_schema(USERS_DAILY))
