"""What all charts share: margins, grid, legend, hover."""

import plotly.graph_objects as go

_GRID = "rgba(128, 145, 155, 0.18)"

CONFIG = {"displayModeBar": False, "scrollZoom": False}
"""How plotly behaves: no toolbar, the page scrolls past."""


def arranged(figure: go.Figure, *, height: int = 250, legend: bool = True) -> go.Figure:
    """Returns the figure in the common shape."""
    figure.update_layout(
        height=height,
        margin={"l": 4, "r": 8, "t": 8, "b": 4},
        barmode="stack",
        bargap=0.18,
        hovermode="x unified",
        showlegend=legend,
        legend={
            "orientation": "h",
            "y": -0.2,
            "traceorder": "normal",
            "font": {"size": 11},
            "x": 0,
            "xanchor": "left",
            "yanchor": "top",
            "title": None,
        },
        paper_bgcolor="rgba(0, 0, 0, 0)",
        plot_bgcolor="rgba(0, 0, 0, 0)",
        xaxis={"showgrid": False, "title": None, "fixedrange": False},
        yaxis={"gridcolor": _GRID, "zeroline": False, "title": None, "rangemode": "tozero", "fixedrange": True},
    )
    return figure
