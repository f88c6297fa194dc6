"""The chart a person makes of a query's answer."""

from typing import Literal, get_args

import plotly.express as px
import plotly.graph_objects as go
import polars as pl

from app.charts import palette
from app.charts.layout import arranged

Kind = Literal["line", "bar", "area", "scatter"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_ROWS = 10_000
"""Rows a browser draws without complaint."""


def custom(frame: pl.DataFrame, kind: Kind, x: str, y: str, colour: str | None) -> go.Figure:
    """Draws y over x, one series for each value of the colour's column."""
    rows = _drawable(frame.head(MOST_ROWS), y)
    draw = {"line": px.line, "bar": px.bar, "area": px.area, "scatter": px.scatter}[kind]
    if kind in {"line", "area"}:
        rows = rows.sort(x)
    figure: go.Figure = draw(rows, x=x, y=y, color=colour, color_discrete_sequence=list(palette.MODELS))
    figure = arranged(figure, height=380, legend=colour is not None)
    if kind == "scatter":
        figure.update_layout(hovermode="closest")
    return figure.update_xaxes(title=x).update_yaxes(title=y)


def suggested(frame: pl.DataFrame) -> tuple[Kind, str, str, str | None] | None:
    """Returns the chart that suits the answer best; None where nothing in it is a number."""
    numbers = [name for name, type in frame.schema.items() if type.is_numeric()]
    times = [name for name, type in frame.schema.items() if type.is_temporal()]
    names = [name for name, type in frame.schema.items() if type == pl.String]
    if not numbers:
        return None
    if times:
        return "line", times[0], numbers[0], names[0] if names else None
    if names:
        return "bar", names[0], numbers[0], None
    return ("scatter", numbers[0], numbers[1], None) if len(numbers) > 1 else None


def _drawable(frame: pl.DataFrame, y: str) -> pl.DataFrame:
    """Money is exact in answers; a chart needs floats."""
    return frame.with_columns(pl.col(y).cast(pl.Float64)) if frame.schema[y].is_numeric() else frame
