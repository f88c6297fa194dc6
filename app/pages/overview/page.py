"""The overview: what was asked, what it cost, how fast it was and what failed, over a period."""

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from app.api_client.errors import ApiError
from app.api_client.values import Answer
from app.charts import over_time, palette, series
from app.charts.errors import errors_by_type
from app.page_parts import notices, tables
from app.page_parts.filters import Looking, condition_controls, period_of, range_control
from app.page_parts.first_steps import is_waiting, nothing_yet, stop_waiting
from app.page_parts.known import Known, known_values
from app.pages.overview import tiles
from app.pages.overview.key_figures import key_figures
from app.questions.question import Question
from app.viewer import Viewer, viewer

_KEPT_MODELS = 5

QUESTIONS = (
    "key_figures",
    "figures_over_time",
    "requests_over_time",
    "cost_over_time",
    "tokens_over_time",
    "latency_over_time",
    "errors_by_type",
    "top_models",
    "top_providers",
    "top_users",
)


def page() -> None:
    """Draws the page."""
    looking_at = viewer()
    known = known_values(looking_at)
    with st.container(horizontal=True, vertical_alignment="center", key="bar"):
        st.title("Overview", anchor=False, width="stretch")
        conditions = condition_controls(known)
        chosen = range_control()
    _figures(Looking(period_of(chosen), conditions), known)


@st.fragment(run_every="30s")
def _figures(looking: Looking, known: Known) -> None:
    """Renews itself: whoever leaves the page open sees what comes."""
    looking_at, looking = viewer(), looking.renewed()
    questions = {name: Question(name, looking.parameters) for name in QUESTIONS}
    answers = looking_at.ask(
        questions | {"before": Question("key_figures", looking.before.parameters)}, live=is_waiting()
    )
    down = next((answer for answer in answers.values() if isinstance(answer, ApiError)), None)
    if down is not None and all(isinstance(answer, ApiError) for answer in answers.values()):
        notices.unavailable(down)
        return
    figures = answers["key_figures"]
    if isinstance(figures, Answer) and not figures.frame["request_count"][0] and not looking.conditions:
        nothing_yet(looking_at)
        return
    stop_waiting()
    key_figures(figures, answers["before"], answers["figures_over_time"])
    _charts(looking_at, looking, known, questions, answers)
    _tables(questions, answers)


def _charts(
    looking_at: Viewer,
    looking: Looking,
    known: Known,
    questions: Mapping[str, Question],
    answers: Mapping[str, Answer | ApiError],
) -> None:
    period, zone = looking.period, looking_at.zone

    def requests(frame: pl.DataFrame) -> go.Figure:
        return over_time.requests_by_status(series.complete(frame, period, zone, by="status_class"))

    def cost(frame: pl.DataFrame) -> go.Figure:
        few = series.largest(frame, "model", "cost_usd", _KEPT_MODELS)
        return over_time.cost_by_model(
            series.complete(few, period, zone, by="model"), palette.model_colours(known.models)
        )

    def tokens(frame: pl.DataFrame) -> go.Figure:
        kinds = {
            "input_uncached": "Input",
            "input_cached": "Input, cached",
            "output_visible": "Output",
            "reasoning": "Reasoning",
        }
        whole = series.complete(frame, period, zone)
        return over_time.tokens_by_kind(series.long(whole, kinds, by="kind", value="tokens").fill_null(0))

    def latency(frame: pl.DataFrame) -> go.Figure:
        return over_time.latency(series.complete(frame, period, zone))

    drawn = (
        ("Requests by status", "requests_over_time", requests),
        ("Cost by model", "cost_over_time", cost),
        ("Tokens", "tokens_over_time", tokens),
        ("Latency and time to first token", "latency_over_time", latency),
    )
    for pair in (drawn[:2], drawn[2:]):
        for column, (title, name, draw) in zip(st.columns(2), pair, strict=True):
            with column:
                tiles.chart(title, questions[name], answers[name], draw)


def _tables(questions: Mapping[str, Question], answers: Mapping[str, Answer | ApiError]) -> None:
    left, right = st.columns(2)
    with left:
        tiles.table("Models", questions["top_models"], answers["top_models"], tables.top("model", "Model"))
    with right:
        tiles.chart("Errors by type", questions["errors_by_type"], answers["errors_by_type"], errors_by_type)
    left, right = st.columns(2)
    with left:
        tiles.table(
            "Providers", questions["top_providers"], answers["top_providers"], tables.top("provider", "Provider")
        )
    with right:
        tiles.table("Users", questions["top_users"], answers["top_users"], tables.top("user_id", "User"))
