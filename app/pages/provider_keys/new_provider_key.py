"""The dialog that stores a provider's key; what is written in is not shown again."""

import streamlit as st

from app.api_client.errors import ApiError
from app.api_client.key_values import NewProviderKey, StorableProvider
from app.page_parts import notices
from app.page_parts.dialogs import close_dialog
from app.viewer import viewer

NAME = "new-provider-key"


@st.dialog("Add a provider key", on_dismiss=close_dialog)
def dialog() -> None:
    """Draws the form."""
    looking = viewer()
    try:
        providers = {provider.id: provider for provider in looking.connection.api.providers(looking.credential)}
    except ApiError as error:
        notices.failed(error)
        return
    first = next((place for place, id in enumerate(providers) if id == "openai"), 0)
    # Outside the form: which parts are asked for depends on it.
    chosen = st.selectbox("Provider", list(providers), index=first, format_func=lambda one: _named(providers, one))
    with st.form("provider-key", border=False):
        name = st.text_input("Name", placeholder="Whose it is, such as: production", max_chars=200)
        parts = _parts(providers[chosen])
        secret = st.text_input("Key", type="password", autocomplete="off")
        if not st.form_submit_button("Store key", type="primary"):
            return
    try:
        looking.connection.api.store_provider_key(looking.credential, NewProviderKey(chosen, name, secret, parts))
    except ApiError as error:
        notices.failed(error)
    else:
        close_dialog()
        st.rerun()


def _parts(provider: StorableProvider) -> dict[str, str]:
    asked = {part: st.text_input(part.capitalize(), max_chars=63) for part in provider.parts}
    asked |= {part: st.text_input(f"{part.capitalize()} (optional)", max_chars=63) for part in provider.optional_parts}
    return {part: value.strip() for part, value in asked.items() if value.strip()}


def _named(providers: dict[str, StorableProvider], id: str) -> str:
    provider = providers.get(id)
    return provider.name if provider else id
