"""The row of figures at the top of the overview: value, change against the period before, and a small line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl
import streamlit as st

from app import formats
from app.api_client.errors import ApiError
from app.api_client.values import Answer
from app.page_parts import notices

Value = float | None

_WORTH_A_COLOUR = 0.05


@dataclass(frozen=True)
class Figure:
    """One figure: where it comes from, how it is written, and which direction is good."""

    label: str
    of: Callable[[dict[str, Value]], Value]
    line: str
    written: Callable[[Value], str]
    good: Literal["normal", "inverse", "off"]
    """`normal` where more is better, `inverse` where less is, `off` where neither."""
    help: str


_FIGURES = (
    Figure("Requests", lambda row: row["request_count"], "request_count", formats.count, "off", "Calls received."),
    Figure(
        "Error rate",
        lambda row: _ratio(row["error_count"], row["request_count"]),
        "error_share",
        lambda value: formats.share(value),
        "inverse",
        "Share of the calls that failed: an error status, no status, or a broken stream.",
    ),
    Figure("Cost", lambda row: row["cost_usd"], "cost_usd", formats.money, "inverse", "Sum of the known costs."),
    Figure(
        "Tokens",
        lambda row: _sum(row["input_tokens"], row["output_tokens"]),
        "total_tokens",
        formats.count,
        "off",
        "Input and output tokens, as providers reported them.",
    ),
    Figure(
        "Latency p50",
        lambda row: row["latency_p50_ms"],
        "latency_p50_ms",
        formats.duration,
        "inverse",
        "Half of the answers were complete within this time.",
    ),
    Figure(
        "Latency p95",
        lambda row: row["latency_p95_ms"],
        "latency_p95_ms",
        formats.duration,
        "inverse",
        "95 of 100 answers were complete within this time.",
    ),
    Figure(
        "First token p50",
        lambda row: row["time_to_first_token_p50_ms"],
        "time_to_first_token_p50_ms",
        formats.duration,
        "inverse",
        "Half of the answers began within this time.",
    ),
)


def key_figures(now: Answer | ApiError, before: Answer | ApiError, over_time: Answer | ApiError) -> None:
    """Draws the row."""
    if isinstance(now, ApiError):
        notices.failed(now)
        return
    row = _row(now.frame)
    former = _row(before.frame) if isinstance(before, Answer) else {}
    lines = over_time.frame if isinstance(over_time, Answer) else pl.DataFrame()
    with st.grid(len(_FIGURES), min_column_width=130, gap="small"):
        for figure in _FIGURES:
            _draw(figure, row, former, lines)
    _unpriced(row)


def _draw(figure: Figure, row: dict[str, Value], former: dict[str, Value], lines: pl.DataFrame) -> None:
    value = figure.of(row)
    moved = formats.change(value, figure.of(former)) if former else None
    calm = figure.good == "off" or _is_small(value, figure.of(former) if former else None)
    st.metric(
        figure.label,
        figure.written(value),
        moved,
        delta_color="off" if calm else figure.good,
        chart_data=_line(lines, figure.line),
        chart_type="area",
        border=True,
        height="stretch",
        help=f"{figure.help} The change is against the period before.",
    )


def _unpriced(row: dict[str, Value]) -> None:
    number = row["unpriced_count"]
    if number:
        st.caption(
            f":orange-badge[unpriced] {formats.exact(number)} requests have no known cost and are not in the sum: "
            "their model has no price, or no usage was reported. Owners and admins see under Prices which models "
            "those are."
        )


def _row(frame: pl.DataFrame) -> dict[str, Value]:
    return {name: None if value is None else float(value) for name, value in frame.row(0, named=True).items()}


def _line(lines: pl.DataFrame, column: str) -> list[float] | None:
    if column not in lines.columns or lines.height < 2:
        return None
    values = lines[column].cast(pl.Float64).fill_null(strategy="forward").drop_nulls().to_list()
    return values if len(values) > 1 else None


def _is_small(value: Value, former: Value) -> bool:
    """A change that is not worth a colour."""
    return value is None or not former or abs(value - former) < _WORTH_A_COLOUR * former


def _ratio(part: Value, whole: Value) -> Value:
    return None if part is None or not whole else part / whole


def _sum(left: Value, right: Value) -> Value:
    return None if left is None and right is None else (left or 0) + (right or 0)
