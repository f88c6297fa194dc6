"""Tables of answers: numbers written as everywhere and sorted as numbers, unknown as a dash."""

from collections.abc import Callable, Mapping

import polars as pl
import streamlit as st
from pandas import isna
from pandas.io.formats.style import Styler

from app import formats
from app.formats import Format

ROW_HEIGHT = 32
"""Pixels of a row."""


def written(frame: pl.DataFrame, columns: Mapping[str, Format]) -> Styler:
    """Returns the frame with the columns' numbers written by their formats: what is seen is text, what sorts is not."""
    numbers = [pl.col(name).cast(pl.Float64) for name in columns]
    styler = frame.with_columns(numbers).to_pandas().style
    return styler.format({name: known(format) for name, format in columns.items()}, na_rep=formats.UNKNOWN)


def height(rows: int, most: int) -> int:
    """Returns the pixels that so many rows take, at most `most` of them."""
    return ROW_HEIGHT * (min(max(rows, 1), most) + 1) + 3


_LATENCIES = {"latency_p50_ms": "p50", "latency_avg_ms": "Average"}


def top(key: str, label: str) -> Callable[[pl.DataFrame], None]:
    """Returns what draws a ranking: key, request_count, error_share, cost_usd, total_tokens, and a latency."""

    def draw(frame: pl.DataFrame) -> None:
        latency, duration = next((name, label) for name, label in _LATENCIES.items() if name in frame.columns)
        shown = frame.select(
            pl.col(key).replace("", "unknown").alias(label),
            pl.col("request_count").alias("Requests"),
            pl.col("cost_usd").alias("Cost"),
            pl.col("total_tokens").alias("Tokens"),
            pl.col("error_share").alias("Errors"),
            pl.col(latency).alias(duration),
        )
        columns: dict[str, Format] = {
            "Requests": formats.count,
            "Cost": formats.money,
            "Tokens": formats.count,
            "Errors": formats.share,
            duration: formats.duration,
        }
        st.dataframe(
            written(shown, columns),
            hide_index=True,
            height=height(shown.height, 8),
            row_height=ROW_HEIGHT,
            placeholder=formats.UNKNOWN,
            alt=f"{label}s, the most expensive first",
            column_config={label: st.column_config.TextColumn(width=165)}
            | {name: st.column_config.NumberColumn(width=70) for name in columns},
        )

    return draw


def known(format: Format) -> Callable[[object], str]:
    return lambda value: format(value if isinstance(value, int | float) and not isna(value) else None)
