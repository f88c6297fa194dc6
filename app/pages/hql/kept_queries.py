"""What can be taken up again: the organization's saved queries, and what the viewer has run."""

from collections.abc import Callable, Mapping

import streamlit as st

from app import formats
from app.api_client.client import Query
from app.api_client.errors import ApiError
from app.api_client.query_values import PastQuery, SavedQuery
from app.page_parts import notices
from app.page_parts.markdown import plain
from app.viewer import Viewer, now

Load = Callable[[str, Mapping[str, str]], None]
"""Puts a query with its values into the editor."""

_MOST_PAST = 30
_MOST_CHARACTERS = 80


def saved(viewer: Viewer, current: Query, load: Load) -> None:
    """Draws the saved queries, and a field that saves what is in the editor."""
    with st.popover("Saved", icon=":material/bookmark:"):
        with st.form("save-query", border=False, clear_on_submit=True):
            name = st.text_input("Save this query as", placeholder="Cost by team", max_chars=200)
            if st.form_submit_button("Save", icon=":material/save:") and name.strip():
                _save(viewer, name, current)
        try:
            queries = viewer.connection.api.saved_queries(viewer.credential)
        except ApiError as error:
            notices.failed(error)
            return
        if not queries:
            st.caption("Nothing is saved yet. What is saved, everybody in the organization sees.")
        for query in queries:
            _saved_row(viewer, query, load)


def past(viewer: Viewer, load: Load) -> None:
    """Draws what the viewer has run, the latest first."""
    with st.popover("History", icon=":material/history:"):
        try:
            queries = viewer.connection.api.past_queries(viewer.credential, _MOST_PAST)
        except ApiError as error:
            notices.failed(error)
            return
        if not queries:
            st.caption("What you run here is listed here, for you alone.")
        for place, query in enumerate(queries):
            st.button(
                _first_words(query.sql),
                type="tertiary",
                on_click=load,
                args=(query.sql, _as_texts(query.parameters)),
                key=f"past-{place}",
            )
            st.caption(_how_it_went(query))


def _save(viewer: Viewer, name: str, query: Query) -> None:
    try:
        viewer.connection.api.save_query(viewer.credential, name, query)
    except ApiError as error:
        notices.failed(error)
    else:
        st.toast(f"Saved as {plain(name.strip())}", icon=":material/bookmark_added:")


def _saved_row(viewer: Viewer, query: SavedQuery, load: Load) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            plain(query.name),
            type="tertiary",
            on_click=load,
            args=(query.sql, query.defaults),
            key=f"saved-{query.id}",
            width="stretch",
            help=plain(f"{formats.moment(query.updated_at, viewer.zone)} by {query.updated_by}"),
        )
        st.button(
            "Delete",
            type="tertiary",
            icon=":material/delete:",
            on_click=_delete,
            args=(viewer, query.id),
            key=f"delete-saved-{query.id}",
        )


def _delete(viewer: Viewer, query_id: str) -> None:
    try:
        viewer.connection.api.delete_saved_query(viewer.credential, query_id)
    except ApiError as error:
        st.toast(plain(error.message), icon=":material/error:")


def _first_words(sql: str) -> str:
    line = " ".join(sql.split())
    return plain(line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]}…")


def _how_it_went(query: PastQuery) -> str:
    ended = query.error_code or f"{formats.exact(query.row_count)} rows in {formats.duration(query.elapsed_ms)}"
    times = f" · run {query.run_count} times" if query.run_count > 1 else ""
    return plain(f"{formats.age(now() - query.ran_at)} ago · {ended}{times}")


def _as_texts(values: Mapping[str, object]) -> dict[str, str]:
    return {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in values.items()
    }
