"""Sums a day's requests up into `usage_hourly`."""

import polars as pl

from pipelines.schemas import conform, table_schema
from pipelines.transforms.steps import IS_CALL
from warehouse.tables import LATENCY_BUCKETS_MS, USAGE_HOURLY

COLUMNS = (
    "organization_id",
    "created_at",
    "step_kind",
    "provider",
    "model",
    "status_code",
    "is_error",
    "cache_hit",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "reasoning_tokens",
    "cost_usd",
    "latency_ms",
    "loaded_at",
)
"""What it needs of `requests`."""

_GRAIN = ("organization_id", "hour", "provider", "model", "status_class")
_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens")


def usage_hourly(requests: pl.LazyFrame) -> pl.LazyFrame:
    """One row for each hour, provider, model and status class of an organization.

    Steps that call no model are counted beside the calls: a day of which only steps are new must show it here too.
    """
    summed = (
        requests.with_columns(
            pl.col("created_at").dt.truncate("1h").alias("hour"),
            pl.col("model").fill_null(""),
            pl.format("{}xx", pl.col("status_code") // 100).fill_null("none").alias("status_class"),
            pl.sum_horizontal(pl.col("latency_ms") > bound for bound in LATENCY_BUCKETS_MS).alias("bucket"),
        )
        .group_by(_GRAIN)
        .agg(
            IS_CALL.sum().alias("request_count"),
            (~IS_CALL).sum().alias("step_count"),
            (IS_CALL & pl.col("is_error")).sum().alias("error_count"),
            pl.col("cache_hit").sum().alias("cache_hit_count"),
            pl.col(_TOKENS).sum(),
            pl.col("cost_usd").cast(pl.Decimal(38, 12)).sum(),
            (IS_CALL & pl.col("cost_usd").is_null()).sum().alias("unpriced_count"),
            pl.col("latency_ms").filter(IS_CALL).sum().alias("latency_ms_sum"),
            *_bucket_counts(),
            pl.col("loaded_at").max(),
        )
        .with_columns(pl.concat_list(pl.col(f"bucket_{index}") for index in _buckets()).alias("latency_ms_buckets"))
        .sort(_GRAIN)
    )
    return conform(summed, table_schema(USAGE_HOURLY))


def _buckets() -> range:
    return range(len(LATENCY_BUCKETS_MS) + 1)


def _bucket_counts() -> list[pl.Expr]:
    """How many calls fell into each bucket; a call without a latency is in none."""
    timed = IS_CALL & pl.col("latency_ms").is_not_null()
    return [((pl.col("bucket") == index) & timed).sum().alias(f"bucket_{index}") for index in _buckets()]
