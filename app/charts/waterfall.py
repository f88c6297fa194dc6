"""Stretches of time under each other, each where it began."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from app import formats
from app.charts import palette
from app.charts.layout import arranged


@dataclass(frozen=True)
class Step:
    """A stretch of a request's time, in milliseconds from its beginning."""

    name: str
    start_ms: float
    end_ms: float


def waterfall(steps: Sequence[Step]) -> go.Figure:
    """Draws the steps from the top down."""
    figure = go.Figure()
    figure.add_bar(
        orientation="h",
        base=[step.start_ms for step in steps],
        x=[step.end_ms - step.start_ms for step in steps],
        y=[f"{step.name}  " for step in steps],
        marker={"color": [palette.MODELS[place % len(palette.MODELS)] for place in range(len(steps))]},
        text=[formats.duration(step.end_ms - step.start_ms) for step in steps],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}%{text}<extra></extra>",
    )
    arranged(figure, height=70 + 44 * len(steps), legend=False)
    figure.update_layout(hovermode="closest", bargap=0.45, margin={"r": 70})
    figure.update_xaxes(ticksuffix=" ms", rangemode="tozero", showgrid=True, gridcolor="rgba(128, 145, 155, 0.18)")
    return figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True)
