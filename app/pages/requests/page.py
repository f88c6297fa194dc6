"""The list of requests: filters in the address, pages by cursor, and a drawer with the one that was clicked."""

import polars as pl
import streamlit as st

from app import formats
from app.api_client.errors import ApiError
from app.page_parts import filters, first_steps, links, notices
from app.page_parts.filters import Looking
from app.page_parts.known import known_values
from app.pages.request import view
from app.pages.requests.table import PAGE_SIZE, request_table
from app.questions.question import Question
from app.viewer import Viewer, viewer

_CURSORS = ("older", "newer")


def page() -> None:
    """Draws the page."""
    looking_at = viewer()
    known = known_values(looking_at)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Requests", anchor=False, width="stretch")
        live = st.toggle("Live", key="live", help="Looks for new requests every three seconds.")
        shared = filters.condition_controls(known)
        chosen = filters.range_control()
    period = filters.period_of(chosen)
    conditions = shared | filters.list_controls()
    _forget_cursor_of_other_conditions(conditions | {"range": st.session_state.get("range")})
    looking = Looking(period, conditions)
    st.fragment(_list, run_every="3s" if live else None)(looking, live=live)


def _list(looking: Looking, *, live: bool) -> None:
    looking_at, looking = viewer(), looking.renewed()
    asked = _question(looking)
    answer = looking_at.ask({"list": asked}, live=live or first_steps.is_waiting())["list"]
    if isinstance(answer, ApiError):
        notices.failed(answer)
        return
    frame = answer.frame.head(PAGE_SIZE)
    more = answer.frame.height > PAGE_SIZE
    if "newer" in st.query_params:
        frame = frame.reverse()
    if frame.is_empty():
        _nothing(looking_at, looking)
        return
    first_steps.stop_waiting()
    chosen = request_table(frame, looking_at.zone)
    _pager(frame, more, asked)
    if chosen is not None and st.session_state.get("weir-opened") != chosen:
        _drawer(chosen)
    st.session_state["weir-opened"] = chosen


def _question(looking: Looking) -> Question:
    parameters = looking.parameters | {"page_size": PAGE_SIZE + 1}
    for cursor in _CURSORS:
        if cursor in st.query_params:
            at, _, id = st.query_params[cursor].partition("_")
            parameters |= {f"{cursor}_at": at, f"{cursor}_id": id}
    return Question("request_list_newer" if "newer" in st.query_params else "request_list", parameters)


def _pager(frame: pl.DataFrame, more: bool, asked: Question) -> None:
    newer, older = "newer" in st.query_params, "older" in st.query_params
    first, last = frame.row(0, named=True), frame.row(-1, named=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Newer",
            icon=":material/arrow_back:",
            disabled=not (older or (newer and more)),
            on_click=_turn,
            args=("newer", first),
        )
        st.button(
            "Older",
            icon=":material/arrow_forward:",
            icon_position="right",
            disabled=not (more or newer),
            on_click=_turn,
            args=("older", last),
        )
        if older or newer:
            st.button("Newest", type="tertiary", on_click=_turn, args=(None, first))
        st.caption(f"{formats.exact(frame.height)} requests on this page", width="stretch")
        links.open_in_hql(asked)


def _turn(cursor: str | None, row: dict[str, object]) -> None:
    for each in _CURSORS:
        st.query_params.pop(each, None)
    if cursor is not None:
        st.query_params[cursor] = f"{formats.bound(formats.parsed(str(row['created_at'])))}_{row['request_id']}"


def _forget_cursor_of_other_conditions(conditions: dict[str, object]) -> None:
    """A cursor is a place in one list; with other conditions it is another list."""
    written = repr(sorted(conditions.items()))
    if st.session_state.setdefault("weir-conditions", written) != written:
        st.session_state["weir-conditions"] = written
        _turn(None, {})


def _nothing(looking_at: Viewer, looking: Looking) -> None:
    if looking.conditions:
        with st.container(border=True):
            st.markdown("**No request fits**")
            st.caption("Take a condition away, or choose a longer period.")
            st.button("Clear all filters", on_click=filters.clear)
    else:
        first_steps.nothing_yet(looking_at)


@st.dialog("Request", width="large", position="right")
def _drawer(request_id: str) -> None:
    looking = viewer()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"`{request_id}`", width="stretch")
        st.page_link(
            links.page("request"), label="Open page", icon=":material/open_in_full:", query_params={"id": request_id}
        )
    try:
        view.draw(looking, view.open_request(looking, request_id))
    except ApiError as error:
        notices.failed(error)
