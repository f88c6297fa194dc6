"""A tile: a bordered card with a title, a chart or a table, and the question it answers."""

from collections.abc import Callable

import plotly.graph_objects as go
import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.api_client.errors import ApiError
from app.api_client.values import Answer
from app.charts.layout import CONFIG
from app.page_parts import links, notices
from app.questions.question import Question

NOTHING = "Nothing in this period."


def chart(title: str, question: Question, answer: Answer | ApiError, draw: Callable[[pl.DataFrame], go.Figure]) -> None:
    """Draws a tile with a chart of the answer."""
    with _card(title, question):
        if isinstance(answer, ApiError):
            notices.failed(answer)
        elif answer.frame.is_empty():
            _nothing()
        else:
            st.plotly_chart(draw(answer.frame), key=f"chart-{question.name}", config=CONFIG, alt=question.meaning)


def table(title: str, question: Question, answer: Answer | ApiError, draw: Callable[[pl.DataFrame], None]) -> None:
    """Draws a tile with a table of the answer."""
    with _card(title, question):
        if isinstance(answer, ApiError):
            notices.failed(answer)
        elif answer.frame.is_empty():
            _nothing()
        else:
            draw(answer.frame)


def _card(title: str, question: Question) -> DeltaGenerator:
    card = st.container(border=True, key=f"tile-{question.name}")
    with card, st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{title}**", help=question.meaning, width="stretch")
        links.open_in_hql(question)
    return card


def _nothing() -> None:
    with st.container(height=250, border=False, horizontal_alignment="center", vertical_alignment="center"):
        st.caption(NOTHING)
