"""Charts over time: each takes a frame with a row per bucket (and series) and returns a figure.

The frames are complete: `app/charts/series.py` has put in the buckets in which nothing happened.
"""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
import polars as pl

from app import formats
from app.charts import palette
from app.charts.layout import arranged
from app.formats import Format

_TIMES = [
    {"dtickrange": [None, 86_399_999], "value": "%H:%M<br>%-d %b"},
    {"dtickrange": [86_400_000, None], "value": "%-d %b"},
]
"""How ticks of a time axis are written: the hour with its day, or the day alone; the year goes without saying."""


def requests_by_status(frame: pl.DataFrame) -> go.Figure:
    """Stacks requests by class of status: bucket, status_class, request_count."""
    return _bars(frame, "status_class", "request_count", palette.STATUS, formats.exact)


def cost_by_model(frame: pl.DataFrame, colours: Mapping[str, str]) -> go.Figure:
    """Stacks cost by model: bucket, model, cost_usd."""
    figure = _bars(frame, "model", "cost_usd", colours, formats.money)
    return figure.update_yaxes(tickprefix="$")


def tokens_by_kind(frame: pl.DataFrame) -> go.Figure:
    """Stacks tokens by kind: bucket, kind, tokens."""
    return _bars(frame, "kind", "tokens", palette.TOKENS, formats.count)


def latency(frame: pl.DataFrame) -> go.Figure:
    """Draws quantiles of the whole answer's time, and the first token's median dotted: bucket, *_ms."""
    columns = {
        "p50": "latency_p50_ms",
        "p95": "latency_p95_ms",
        "p99": "latency_p99_ms",
        "First token p50": "time_to_first_token_p50_ms",
    }
    figure = go.Figure()
    for name, column in columns.items():
        figure.add_scatter(
            x=frame["bucket"].to_list(),
            y=[None if value is None else value / 1000 for value in frame[column].to_list()],
            name=name,
            mode="lines+markers" if frame.height < 3 else "lines",
            connectgaps=False,
            line={"color": palette.QUANTILES[name], "width": 2, "dash": "dot" if name.startswith("First") else "solid"},
            customdata=_written(frame[column], formats.duration),
            hovertemplate="%{customdata}",
        )
    return _over_time(figure).update_yaxes(ticksuffix=" s")


def _bars(frame: pl.DataFrame, by: str, value: str, colours: Mapping[str, str], format: Format) -> go.Figure:
    figure = go.Figure()
    for name in _ordered(frame[by].unique().to_list(), colours):
        rows = frame.filter(pl.col(by) == name)
        figure.add_bar(
            x=rows["bucket"].to_list(),
            y=rows[value].to_list(),
            name=name or "unknown",
            marker={"color": colours.get(name, palette.OTHER), "line": {"width": 0}},
            customdata=_written(rows[value], format),
            hovertemplate="%{customdata}",
        )
    return _over_time(figure)


def _over_time(figure: go.Figure) -> go.Figure:
    return arranged(figure).update_xaxes(tickformatstops=_TIMES)


def _ordered(names: Sequence[str], colours: Mapping[str, str]) -> list[str]:
    """The palette's order, then the alphabet: a series keeps its place in the stack."""
    places = list(colours)
    return sorted(names, key=lambda name: (places.index(name) if name in colours else len(places), name))


def _written(values: pl.Series, format: Format) -> list[str]:
    return [format(value) for value in values.to_list()]
