"""Prepares answers for charts: whole runs of buckets in the viewer's time, few series, long form. Pure polars."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl

from app.page_parts.period import Period


def complete(frame: pl.DataFrame, period: Period, zone: ZoneInfo, *, by: str | None = None) -> pl.DataFrame:
    """Puts in the buckets in which nothing happened and turns them to the viewer's wall clock.

    With `by`, each series gets all buckets, its numbers 0 where it has none; without, missing numbers stay unknown.
    """
    buckets = pl.DataFrame({"bucket": _buckets(period)}, schema={"bucket": pl.Datetime("us", "UTC")})
    frame = frame.with_columns(pl.col("bucket").cast(pl.Datetime("us", "UTC")), *_floats(frame))
    keys = ["bucket"]
    if by is not None:
        keys.append(by)
        buckets = buckets.join(frame.select(pl.col(by).unique()), how="cross")
    whole = buckets.join(frame, on=keys, how="left").sort(keys)
    if by is not None:
        whole = whole.with_columns(pl.exclude(keys).fill_null(0))
    return whole.with_columns(pl.col("bucket").dt.convert_time_zone(zone.key).dt.replace_time_zone(None))


def largest(frame: pl.DataFrame, by: str, value: str, keep: int) -> pl.DataFrame:
    """Keeps the series with the largest sums and adds the others up as `other`."""
    sums = frame.group_by(by).agg(pl.col(value).cast(pl.Float64).sum()).sort(value, descending=True)
    kept = sums.head(keep)[by].implode()
    named = frame.with_columns(
        pl.when(pl.col(by).is_in(kept)).then(pl.col(by)).otherwise(pl.lit("other")).alias(by),
        pl.col(value).cast(pl.Float64),
    )
    return named.group_by("bucket", by).agg(pl.col(value).sum()).sort("bucket", by)


def long(frame: pl.DataFrame, kinds: Mapping[str, str], *, by: str, value: str) -> pl.DataFrame:
    """Turns columns into series: `kinds` maps a column to the name of its series."""
    return (
        frame.select("bucket", *(pl.col(column).cast(pl.Float64).alias(name) for column, name in kinds.items()))
        .unpivot(index="bucket", variable_name=by, value_name=value)
        .sort("bucket", by)
    )


def _buckets(period: Period) -> list[object]:
    step = timedelta(seconds=period.step_seconds)
    count = -(-(period.end - period.start) // step)
    return [period.start + step * place for place in range(count)]


def _floats(frame: pl.DataFrame) -> list[pl.Expr]:
    return [
        pl.col(name).cast(pl.Float64) for name, type in frame.schema.items() if name != "bucket" and type.is_numeric()
    ]
