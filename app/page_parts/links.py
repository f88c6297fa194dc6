"""Links between pages, with what the other page looks at in the address."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st
from streamlit.navigation.page import Page

from app.questions.question import Question

Name = Literal["overview", "requests", "request", "hql", "keys", "provider-keys", "prices", "data"]
PARAMETER_PREFIX = "p_"
"""Tells the parameters of a query from what else an address holds."""

_KEY = "weir-pages"


def register(pages: Mapping[Name, Page]) -> None:
    """Makes the pages known to this run: they cannot import each other."""
    st.session_state[_KEY] = pages


def page(name: Name) -> Page:
    """Returns a page by name."""
    pages: Mapping[Name, Page] = st.session_state[_KEY]
    return pages[name]


def open_in_hql(question: Question) -> None:
    """Draws the link that opens a question on the HQL page, with its parameters."""
    st.page_link(
        page("hql"),
        label="HQL",
        icon=":material/code:",
        help="Open this question on the HQL page",
        query_params=address_of(question.sql, question.used),
    )


def address_of(sql: str, parameters: Mapping[str, object]) -> dict[str, str]:
    """Returns what the HQL page's address holds of a query."""
    return {"q": sql} | {f"{PARAMETER_PREFIX}{name}": _written(value) for name, value in parameters.items()}


def _written(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
