"""The dense table of requests."""

from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from app import formats
from app.charts import palette
from app.page_parts import tables

PAGE_SIZE = 100

_HEIGHT = 640


def request_table(frame: pl.DataFrame, zone: ZoneInfo) -> str | None:
    """Draws the page of requests and returns the id of the one that was clicked."""
    shown = frame.select(
        pl.col("created_at").dt.convert_time_zone(zone.key).dt.replace_time_zone(None).alias("Time"),
        pl.struct("status_code", "error_type", "cache_hit")
        .map_elements(_status, return_dtype=pl.String)
        .alias("Status"),
        pl.col("model").alias("Model"),
        pl.col("user_id").alias("User"),
        pl.col("latency_ms").alias("Latency"),
        pl.col("time_to_first_token_ms").alias("TTFT"),
        pl.col("input_tokens").alias("In"),
        pl.col("output_tokens").alias("Out"),
        pl.col("cost_usd").alias("Cost"),
        pl.col("request_preview").alias("Prompt"),
        pl.col("response_preview").alias("Answer"),
    )
    written: dict[str, formats.Format] = {
        "Latency": formats.duration,
        "TTFT": formats.duration,
        "In": formats.count,
        "Out": formats.count,
        "Cost": formats.money,
    }
    event = st.dataframe(
        tables.written(shown, written).map(_colour, subset=["Status"]),
        hide_index=True,
        height=min(_HEIGHT, tables.height(shown.height, PAGE_SIZE)),
        row_height=tables.ROW_HEIGHT,
        placeholder=formats.UNKNOWN,
        on_select="rerun",
        selection_mode=("single-row", "single-cell"),
        key="requests",
        alt="Requests, the newest first",
        column_config={
            "Time": st.column_config.DatetimeColumn(format="D MMM HH:mm:ss", width=118),
            "Status": st.column_config.TextColumn(width=104),
            "Model": st.column_config.TextColumn(width=176),
            "User": st.column_config.TextColumn(width=124),
            "Latency": st.column_config.NumberColumn(width=68),
            "TTFT": st.column_config.NumberColumn(width=64, help="Time to first token."),
            "In": st.column_config.NumberColumn(width=54, help="Input tokens."),
            "Out": st.column_config.NumberColumn(width=54, help="Output tokens."),
            "Cost": st.column_config.NumberColumn(width=92),
            "Prompt": st.column_config.TextColumn(width=250),
            "Answer": st.column_config.TextColumn(width=270),
        },
    )
    rows = event.selection.rows or [cell[0] for cell in event.selection.cells]
    return str(frame["request_id"][rows[0]]) if rows and rows[0] < frame.height else None


def _status(row: dict[str, object]) -> str:
    status = str(row["status_code"] or "–")
    told = row["error_type"] or ("cached" if row["cache_hit"] else "")
    return f"● {status} {told}".rstrip()


def _colour(status: object) -> str:
    text = str(status)
    # A stream that broke has begun with 200.
    kind = "5xx" if text.startswith("● 2") and " " in text[2:] and not text.endswith(" cached") else f"{text[2:3]}xx"
    return f"color: {palette.STATUS.get(kind, palette.STATUS['none'])}"
