"""For how long calls are kept, and deletions: which were asked for, how far they are and what they reached."""

from datetime import datetime

import streamlit as st

from app import formats
from app.api_client.deletion_values import Deletion
from app.api_client.errors import ApiError
from app.page_parts import notices
from app.page_parts.dialogs import open_dialog, subject_of
from app.page_parts.markdown import plain
from app.pages.data import new_deletion
from app.viewer import Viewer, now, viewer

_MOST_SHOWN = 50
_COLUMNS = [3, 3, 4, 2]
_TITLES = ("What", "State", "Reached", "Asked for")
_STORES = {
    "requests": ("request", "requests"),
    "raw_lines": ("record of the raw log", "records of the raw log"),
    "query_results": ("kept answer", "kept answers"),
    "cached_responses": ("cached response", "cached responses"),
    "query_history": ("query in the history", "queries in the history"),
    "query_jobs": ("query job", "query jobs"),
    "stopped_jobs": ("query stopped", "queries stopped"),
    "saved_queries": ("saved query", "saved queries"),
    "saved_queries_that_name_the_user": (
        "saved query names the user and stays",
        "saved queries name the user and stay",
    ),
}


def page() -> None:
    """Draws the page."""
    looking = viewer()
    is_manager = looking.organization.is_managed_by_viewer
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Retention and deletion", anchor=False, width="stretch")
        if is_manager:
            st.button("Delete data", icon=":material/delete:", on_click=open_dialog, args=(new_deletion.NAME,))
    if not is_manager:
        notices.for_managers()
        return
    with st.container(border=True, key="retention"):
        _retention(looking)
    with st.container(border=True, key="deletions"):
        _deletions()
    if subject_of(new_deletion.NAME) is not None:
        new_deletion.dialog()


def _retention(looking: Viewer) -> None:
    api = looking.connection.api
    try:
        rule = api.retention(looking.credential)
    except ApiError as error:
        notices.failed(error)
        return
    st.markdown("**How long calls are kept**")
    with st.form("retention-rule", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        days = st.number_input(
            "Whole days, UTC, beside the present one",
            min_value=1,
            value=rule.days,
            step=1,
            placeholder="everything is kept",
            width=320,
        )
        is_saved = st.form_submit_button("Save")
    until = "" if rule.applied_until is None else f" Everything before {rule.applied_until} is deleted."
    st.caption(
        f"Every night at 02:40 UTC what is older is deleted from every store, and cannot be brought back.{until}"
    )
    if is_saved:
        try:
            api.set_retention(looking.credential, days)
        except ApiError as error:
            notices.failed(error)
        else:
            st.rerun()


@st.fragment(run_every="10s")
def _deletions() -> None:
    """Renews itself, as a deletion takes some minutes."""
    looking = viewer()
    try:
        deletions = looking.connection.api.deletions(looking.credential)
    except ApiError as error:
        notices.failed(error)
        return
    st.markdown("**Deletions**")
    if not deletions:
        st.caption("Nobody has asked for one. Delete data takes single calls, an end user's, or all of them.")
        return
    for column, title in zip(st.columns(_COLUMNS), _TITLES, strict=True):
        column.caption(title)
    for deletion in deletions[:_MOST_SHOWN]:
        _row(deletion, now())
    if len(deletions) > _MOST_SHOWN:
        st.caption(f"The latest {_MOST_SHOWN} are shown; GET /v1/deletions lists more.")


def _row(deletion: Deletion, at: datetime) -> None:
    what, state, reached, asked = st.columns(_COLUMNS, vertical_alignment="center")
    what.markdown(f"**{plain(_subject(deletion))}**", help=f"Deletion {deletion.id}")
    state.markdown(_state(deletion, at), help=deletion.problem and plain(f"It waits: {deletion.problem}."))
    counts = deletion.counts.items()
    reached.markdown(plain(", ".join(_reached(name, count) for name, count in counts) or formats.UNKNOWN))
    asked.markdown(f"{formats.age(at - deletion.requested_at)} ago", help=plain(f"By {deletion.requested_by}"))


def _subject(deletion: Deletion) -> str:
    if deletion.organization:
        return "All calls until then"
    if deletion.request_ids:
        return _counted(len(deletion.request_ids), "named request", "named requests")
    return f"User {deletion.user_id}" if deletion.user_id else "A user, whose id is forgotten"


def _state(deletion: Deletion, at: datetime) -> str:
    match deletion.state:
        case "waiting":
            return "begins within a minute"
        case "deleting" if deletion.days_left:
            return f"deleting, {_counted(deletion.days_left, 'day', 'days')} left"
        case "deleting":
            return "deleting"
        case "settling":
            return "deleted; looks once more"
    ended = "" if deletion.finished_at is None else f", {formats.age(at - deletion.finished_at)} ago"
    return f":green[:material/check:] nothing is left{ended}"


def _reached(name: str, count: int) -> str:
    plain_name = name.replace("_", " ")
    return _counted(count, *_STORES.get(name, (plain_name, plain_name)))


def _counted(count: int, one: str, many: str) -> str:
    return f"{formats.exact(count)} {one if count == 1 else many}"
