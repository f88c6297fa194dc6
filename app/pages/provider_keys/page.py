"""The provider keys that the organization has stored: which are in use, a new one, and how to take one out."""

import streamlit as st

from app import formats
from app.api_client.errors import ApiError
from app.api_client.key_values import ProviderKey
from app.page_parts import notices
from app.page_parts.dialogs import close_dialog, open_dialog, subject_of
from app.page_parts.markdown import plain
from app.pages.provider_keys.new_provider_key import NAME, dialog
from app.viewer import Viewer, now, viewer

_REMOVE = "remove-provider-key"
_COLUMNS = [2, 3, 2, 3, 2, 1]
_TITLES = ("Provider", "Name", "Key", "Belongs to", "Stored", "")


def page() -> None:
    """Draws the page."""
    looking = viewer()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Provider keys", anchor=False, width="stretch")
        is_manager = looking.organization.is_managed_by_viewer
        if is_manager:
            st.button("Add key", type="primary", icon=":material/add:", on_click=open_dialog, args=(NAME,))
    if not is_manager:
        notices.for_managers()
        return
    try:
        keys = looking.connection.api.provider_keys(looking.credential)
    except ApiError as error:
        notices.failed(error)
        return
    if keys:
        _table(looking, keys)
    else:
        _nothing()
    if subject_of(NAME) is not None:
        dialog()
    removed = next((key for key in keys if key.id == subject_of(_REMOVE)), None)
    if removed is not None:
        _remove(removed)


def _table(looking: Viewer, keys: tuple[ProviderKey, ...]) -> None:
    with st.container(border=True, key="stored-keys"):
        for column, title in zip(st.columns(_COLUMNS), _TITLES, strict=True):
            column.caption(title)
        for key in keys:
            _row(looking, key)
    st.caption(
        "Used for calls that bring no key of their own, at the provider's own address and nowhere else. Of several "
        "keys for a provider the newest is used: add the new one, then remove the old."
    )


def _row(looking: Viewer, key: ProviderKey) -> None:
    provider, name, hint, parts, stored, action = st.columns(_COLUMNS, vertical_alignment="center")
    provider.markdown(f"**{plain(key.provider)}**")
    name.markdown(plain(key.name))
    hint.markdown(f"`…{key.hint}`" if key.hint else "hidden")
    parts.markdown(plain(", ".join(f"{part} {value}" for part, value in key.parts.items()) or formats.UNKNOWN))
    stored.markdown(
        plain(f"{formats.age(now() - key.created_at)} ago{'' if key.is_used else ', replaced'}"),
        help=plain(f"{formats.moment(key.created_at, looking.zone)} by {key.created_by or 'the command line'}"),
    )
    action.button(
        "Remove",
        key=f"remove-{key.id}",
        type="tertiary",
        icon=":material/delete:",
        on_click=open_dialog,
        args=(_REMOVE, key.id),
    )


@st.dialog("Remove this key?", on_dismiss=close_dialog)
def _remove(key: ProviderKey) -> None:
    looking = viewer()
    st.markdown(
        f"Calls to **{plain(key.provider)}** stop using **{plain(key.name)}** within five seconds. We forget the key; "
        "revoke it at the provider too if it may have leaked."
    )
    if st.button("Remove key", type="primary", icon=":material/delete:"):
        try:
            looking.connection.api.remove_provider_key(looking.credential, key.id)
        except ApiError as error:
            notices.failed(error)
        else:
            close_dialog()
            st.rerun()


def _nothing() -> None:
    with st.container(border=True):
        st.markdown("**No provider key stored**")
        st.write(
            "Store a provider's key here, and your applications need a Weir key alone. Until then each call brings its "
            "own provider key, which we pass on and do not keep."
        )
        st.caption("Keys are encrypted, go to their provider's own address alone, and are never shown again.")
