"""A chart of a frame, for a first look."""

from typing import Any

import polars as pl

KINDS = ("line", "bar", "area", "scatter")


class NoChart(Exception):
    """The chart cannot be drawn as it was asked for."""


def draw(frame: pl.DataFrame, kind: str, x: str, y: str) -> Any:
    """Returns a plotly figure of one column over another; raises NoChart."""
    if kind not in KINDS:
        raise NoChart(f"there is no chart `{kind}`; charts: {', '.join(KINDS)}")
    for name in (x, y):
        if name not in frame.columns:
            raise NoChart(f"the answer has no column `{name}`; columns: {', '.join(frame.columns)}")
    # Loaded when a chart is drawn: it takes a second.
    import plotly.graph_objects as go

    across = frame[x].to_list()
    # Plotly draws no decimals.
    up = frame[y].cast(pl.Float64).to_list() if frame[y].dtype == pl.Decimal else frame[y].to_list()
    if kind == "bar":
        trace = go.Bar(x=across, y=up)
    elif kind == "scatter":
        trace = go.Scatter(x=across, y=up, mode="markers")
    else:
        trace = go.Scatter(x=across, y=up, mode="lines", fill="tozeroy" if kind == "area" else None)
    return go.Figure(trace, {"xaxis": {"title": {"text": x}}, "yaxis": {"title": {"text": y}}})
