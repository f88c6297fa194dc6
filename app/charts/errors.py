"""Errors by type, as bars from the commonest down."""

import plotly.graph_objects as go
import polars as pl

from app import formats
from app.charts import palette
from app.charts.layout import arranged


def errors_by_type(frame: pl.DataFrame) -> go.Figure:
    """Draws one bar for each kind of failure: error_type, status_code, request_count."""
    rows = frame.head(8).reverse()
    figure = go.Figure()
    figure.add_bar(
        orientation="h",
        x=rows["request_count"].to_list(),
        y=[_name(row) for row in rows.iter_rows(named=True)],
        marker={"color": [palette.STATUS[_class(status)] for status in rows["status_code"].to_list()]},
        text=[formats.count(count) for count in rows["request_count"].to_list()],
        textposition="auto",
        hovertemplate="%{y}: %{x:,}<extra></extra>",
    )
    arranged(figure, legend=False)
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(showgrid=False, showticklabels=False, fixedrange=True)
    # A few bars keep the height they have among many.
    return figure.update_yaxes(showgrid=False, automargin=True, range=[rows.height - 6.5, rows.height - 0.5])


def _name(row: dict[str, object]) -> str:
    status = row["status_code"]
    return f"{row['error_type']} · {status if status is not None else 'no status'}  "


def _class(status: int | None) -> str:
    # A stream that broke had begun with 200: it failed all the same.
    kind = f"{status // 100}xx" if status is not None and status >= 400 else "none"
    return kind if kind in palette.STATUS else "none"
