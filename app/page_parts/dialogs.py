"""Which dialog is open. It stands in the session, so that a dialog stays until it is answered or dismissed."""

import streamlit as st

_OPEN = "weir-dialog"


def open_dialog(name: str, subject: str = "") -> None:
    """Opens a dialog at the next run; `subject` is the id of what it is about."""
    st.session_state[_OPEN] = (name, subject)


def close_dialog() -> None:
    """Closes whichever is open."""
    st.session_state.pop(_OPEN, None)


def subject_of(name: str) -> str | None:
    """Returns what the dialog of this name is about if it is open, else None."""
    opened, subject = st.session_state.get(_OPEN, (None, ""))
    return subject if opened == name else None
