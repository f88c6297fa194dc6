"""The dialog that makes an API key, and shows its secret once."""

from datetime import timedelta

import streamlit as st

from app.api_client.errors import ApiError
from app.api_client.key_values import KeyLimit, MadeKey, NewKey
from app.page_parts import notices
from app.page_parts.dialogs import close_dialog, open_dialog
from app.page_parts.markdown import plain
from app.pages.keys.limits import WINDOWS
from app.viewer import now, viewer

NAME = "new-key"

_MADE = "weir-made-key"
_SCOPES = {
    "gateway": "Send requests through the gateway",
    "query": "Read requests, bodies and tables",
    "manage": "Manage keys, prices and deletion",
}
_EXPIRIES: dict[str, int | None] = {"Never": None, "30 days": 30, "90 days": 90, "1 year": 365}


def begin() -> None:
    """Opens the dialog."""
    st.session_state.pop(_MADE, None)
    open_dialog(NAME)


def end() -> None:
    """Closes the dialog and forgets the secret it showed."""
    st.session_state.pop(_MADE, None)
    close_dialog()


@st.dialog("New API key", on_dismiss=end)
def dialog() -> None:
    """Draws the form, and after it the secret."""
    made: MadeKey | None = st.session_state.get(_MADE)
    if made is None:
        _form()
    else:
        _shown_once(made)


def _form() -> None:
    with st.form("new-key", border=False):
        name = st.text_input("Name", placeholder="What it is for, such as: checkout service", max_chars=200)
        scopes = st.multiselect(
            "It may", list(_SCOPES), default=["gateway"], format_func=lambda scope: _SCOPES.get(scope, scope)
        )
        expiry = st.selectbox("Expires", list(_EXPIRIES))
        limits = _limits()
        with st.expander("Use a key that an application already has"):
            st.caption(
                "Coming from Helicone? Give the key that the application sends today, and only its base URL changes."
            )
            secret = st.text_input("Existing key", type="password", autocomplete="off", placeholder="sk-helicone-…")
        if not st.form_submit_button("Make key", type="primary"):
            return
    days = _EXPIRIES[expiry]
    asked = NewKey(
        name=name,
        scopes=tuple(scopes),
        expires_at=None if days is None else now() + timedelta(days=days),
        limits=limits,
        secret=secret.strip() or None,
    )
    looking = viewer()
    try:
        st.session_state[_MADE] = looking.connection.api.make_key(looking.credential, asked)
    except ApiError as error:
        notices.failed(error)
    else:
        st.rerun()


def _limits() -> tuple[KeyLimit, ...]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        requests = st.number_input("Most requests", min_value=1, value=None, step=1, placeholder="no limit")
        tokens = st.number_input("Most tokens", min_value=1, value=None, step=1, placeholder="no limit")
        dollars = st.number_input(
            "Most US dollars", min_value=0.01, value=None, step=1.0, format="%.2f", placeholder="no limit"
        )
        window = WINDOWS[st.selectbox("In any", list(WINDOWS), index=2)]
    quotas = {"request": requests, "token": tokens, "cent": None if dollars is None else round(dollars * 100)}
    return tuple(KeyLimit(quota, window, unit) for unit, quota in quotas.items() if quota is not None)


def _shown_once(made: MadeKey) -> None:
    st.markdown(f"**{plain(made.key.name)}** is ready. Copy it now: it is not shown again.")
    st.code(made.secret, language=None, wrap_lines=True)
    st.caption("Send it as `Weir-Auth: Bearer <key>`, or where your SDK takes its API key.")
    if st.button("Done", type="primary"):
        end()
        st.rerun()
