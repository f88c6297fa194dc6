"""The dialog that asks for a deletion, which cannot be taken back."""

import streamlit as st

from app.api_client.deletion_values import NewDeletion
from app.api_client.errors import ApiError
from app.page_parts import notices
from app.page_parts.dialogs import close_dialog
from app.page_parts.markdown import plain
from app.viewer import viewer

NAME = "new-deletion"
_USER, _REQUESTS, _ALL = "Calls of one end user", "Single calls", "All calls of the organization"


@st.dialog("Delete data", on_dismiss=close_dialog)
def dialog() -> None:
    """Draws the form."""
    looking = viewer()
    what = st.radio("What", [_USER, _REQUESTS, _ALL])
    with st.form("deletion", border=False, enter_to_submit=False):
        asked = _asked(what, looking.organization.name)
        st.caption(
            "It takes everything received until now: bodies, rows, scores, and answers that were kept. It takes some "
            "minutes and cannot be taken back."
        )
        is_asked = st.form_submit_button("Delete for good", type="primary", icon=":material/delete:")
    if not is_asked:
        return
    if asked is None:
        st.warning("Say what is to be deleted.", icon=":material/error:")
        return
    try:
        looking.connection.api.delete(looking.credential, asked)
    except ApiError as error:
        notices.failed(error)
    else:
        close_dialog()
        st.rerun()


def _asked(what: str, organization: str) -> NewDeletion | None:
    """Draws the fields, and returns what they ask for; None if that is not said yet."""
    if what == _USER:
        user_id = st.text_input("User id", placeholder="as the application sends it", max_chars=2000)
        return NewDeletion(user_id=user_id) if user_id else None
    if what == _REQUESTS:
        ids = st.text_area("Request ids", placeholder="one in a line").replace(",", " ").split()
        return NewDeletion(request_ids=tuple(ids)) if ids else None
    name = st.text_input(f"To confirm, the organization's name: {plain(organization)}")
    return NewDeletion(organization=True) if name.strip() == organization else None
