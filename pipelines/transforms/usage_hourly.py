"""Sums a day's requests up into `usage_hourly`."""

import polars as pl

from pipelines.schemas import conform, table_schema
from pipelines.transforms.steps import IS_CALL
from warehouse.tables import LEAST_MS, STEPS_PER_DOUBLING, USAGE_HOURLY

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
    "saved_cost_usd",
    "latency_ms",
    "time_to_first_token_ms",
    "loaded_at",
)
"""What it needs of `requests`."""

_GRAIN = ("organization_id", "hour", "provider", "model", "status_class")
_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens")


def usage_hourly(requests: pl.LazyFrame) -> pl.LazyFrame:
    """One row for each hour, provider, model and status class of an organization.

    Steps that call no model are counted beside the calls: a day of which only steps are new must show it here too.
    """
    rows = requests.with_columns(
        pl.col("created_at").dt.truncate("1h").alias("hour"),
        pl.col("model").fill_null(""),
        pl.format("{}xx", pl.col("status_code") // 100).fill_null("none").alias("status_class"),
    )
    calls = rows.filter(IS_CALL)
    summed = (
        rows.group_by(_GRAIN)
        .agg(
            IS_CALL.sum().alias("request_count"),
            (~IS_CALL).sum().alias("step_count"),
            (IS_CALL & pl.col("is_error")).sum().alias("error_count"),
            pl.col("cache_hit").sum().alias("cache_hit_count"),
            (IS_CALL & pl.any_horizontal(pl.col("input_tokens", "output_tokens").is_not_null()))
            .sum()
            .alias("usage_count"),
            pl.col(_TOKENS).filter(IS_CALL).sum(),
            (pl.col("input_tokens") + pl.col("output_tokens")).filter(IS_CALL).sum().alias("total_tokens"),
            pl.col("cost_usd", "saved_cost_usd").cast(pl.Decimal(38, 12)).filter(IS_CALL).sum(),
            (IS_CALL & pl.col("cost_usd").is_null()).sum().alias("unpriced_count"),
            (IS_CALL & pl.col("cost_usd").is_null() & pl.col("is_error")).sum().alias("unpriced_error_count"),
            pl.col("latency_ms").filter(IS_CALL).sum().alias("latency_ms_sum"),
            pl.col("loaded_at").max(),
        )
        .join(_histogram(calls, "latency_ms"), on=_GRAIN, how="left")
        .join(_histogram(calls, "time_to_first_token_ms"), on=_GRAIN, how="left")
        .with_columns(pl.selectors.by_dtype(pl.List).fill_null([]))
        .sort(_GRAIN)
    )
    return conform(summed, table_schema(USAGE_HOURLY))


def _histogram(calls: pl.LazyFrame, duration: str) -> pl.LazyFrame:
    """The different durations of each group, rounded, and how many calls had each; none of groups without any."""
    step = (pl.col(duration).clip(lower_bound=LEAST_MS).log(2) * STEPS_PER_DOUBLING).round() / STEPS_PER_DOUBLING
    return (
        calls.filter(pl.col(duration).is_not_null())
        .group_by(*_GRAIN, step.alias("step"))
        .agg(pl.len().alias(f"{duration}_counts"))
        .sort("step")
        .with_columns((2 ** pl.col("step")).alias(f"{duration}_values"))
        .group_by(_GRAIN, maintain_order=True)
        .agg(f"{duration}_values", f"{duration}_counts")
    )
