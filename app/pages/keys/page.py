"""The organization's API keys: what each may do and use up, a new one shown once, and how to end one."""

from datetime import datetime

import streamlit as st

from app import formats
from app.api_client.errors import ApiError
from app.api_client.key_values import ApiKey
from app.page_parts import notices
from app.page_parts.dialogs import close_dialog, open_dialog, subject_of
from app.page_parts.markdown import plain
from app.pages.keys import new_key
from app.pages.keys.limits import written
from app.viewer import Viewer, now, viewer

_REVOKE = "revoke-key"
_MOST_SHOWN = 100
_COLUMNS = [3, 2, 2, 2, 2, 1]
_TITLES = ("Name", "Key", "May", "Limits", "Made", "")
_SCOPES = {"gateway": "send requests", "query": "read data", "manage": "manage keys, prices and deletion"}


def page() -> None:
    """Draws the page."""
    looking = viewer()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("API keys", anchor=False, width="stretch")
        is_manager = looking.organization.is_managed_by_viewer
        if is_manager:
            st.button("New key", type="primary", icon=":material/add:", on_click=new_key.begin)
    if not is_manager:
        notices.for_managers()
        return
    try:
        keys = looking.connection.api.keys(looking.credential)
    except ApiError as error:
        notices.failed(error)
        return
    active = [key for key in keys if _is_active(key, now())]
    if active:
        _table(looking, active)
    else:
        _nothing()
    _ended([key for key in keys if key not in active], looking)
    if subject_of(new_key.NAME) is not None:
        new_key.dialog()
    revoked = next((key for key in active if key.id == subject_of(_REVOKE)), None)
    if revoked is not None:
        _revoke(revoked)


def _table(looking: Viewer, keys: list[ApiKey]) -> None:
    with st.container(border=True, key="active-keys"):
        for column, title in zip(st.columns(_COLUMNS), _TITLES, strict=True):
            column.caption(title)
        for key in keys[:_MOST_SHOWN]:
            _row(looking, key)
    more = f"; the first {_MOST_SHOWN} are shown, GET /v1/api-keys lists all" if len(keys) > _MOST_SHOWN else ""
    st.caption(f"{formats.exact(len(keys))} active {'key' if len(keys) == 1 else 'keys'}{more}")


def _row(looking: Viewer, key: ApiKey) -> None:
    name, secret, scopes, limits, made, action = st.columns(_COLUMNS, vertical_alignment="center")
    name.markdown(f"**{plain(key.name)}**")
    secret.markdown(f"`{key.prefix}…`")
    scopes.markdown(plain(", ".join(_SCOPES.get(scope, scope) for scope in key.scopes)))
    limits.markdown(plain("\n".join(map(written, key.limits)) or formats.UNKNOWN))
    until = f", until {formats.clock(key.expires_at, looking.zone, now())}" if key.expires_at else ""
    made.markdown(
        plain(f"{formats.age(now() - key.created_at)} ago{until}"),
        help=plain(f"{formats.moment(key.created_at, looking.zone)} by {key.created_by or 'the command line'}"),
    )
    action.button(
        "Revoke",
        key=f"revoke-{key.id}",
        type="tertiary",
        icon=":material/block:",
        on_click=open_dialog,
        args=(_REVOKE, key.id),
    )


@st.dialog("Revoke this key?", on_dismiss=close_dialog)
def _revoke(key: ApiKey) -> None:
    looking = viewer()
    st.markdown(
        f"**{plain(key.name)}** (`{key.prefix}…`) stops working within five seconds, for good. What it has sent stays."
    )
    if st.button("Revoke key", type="primary", icon=":material/block:"):
        try:
            looking.connection.api.revoke_key(looking.credential, key.id)
        except ApiError as error:
            notices.failed(error)
        else:
            close_dialog()
            st.rerun()


def _ended(keys: list[ApiKey], looking: Viewer) -> None:
    if not keys:
        return
    with st.expander(f"Revoked and expired ({len(keys)})"):
        for key in keys[:_MOST_SHOWN]:
            ended = key.revoked_at or key.expires_at or key.created_at
            what = "revoked" if key.revoked_at else "expired"
            st.caption(
                f"**{plain(key.name)}** `{key.prefix}…` {what} {formats.clock(ended, looking.zone, now())}",
            )


def _nothing() -> None:
    with st.container(border=True):
        st.markdown("**No key yet**")
        st.caption(
            "Applications show a key to send requests through the gateway, notebooks show one to read data. "
            "Press New key to make the first."
        )


def _is_active(key: ApiKey, at: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > at)
