"""The dialog that enters a price, for a model that has none or that costs the organization less."""

from datetime import date

import streamlit as st

from app.api_client.errors import ApiError
from app.api_client.price_values import NewPrice
from app.page_parts import notices
from app.page_parts.dialogs import close_dialog, subject_of
from app.viewer import now, viewer

NAME = "new-price"
_KINDS = {
    "input": "Input",
    "output": "Output",
    "cache_read": "Input, read from the prompt cache",
    "cache_write": "Input, written to the prompt cache",
}
_SEPARATOR = "\n"


def subject(provider: str, model: str, tier: str) -> str:
    """Says what the dialog begins with."""
    return _SEPARATOR.join((provider, model, tier))


@st.dialog("Set a price", on_dismiss=close_dialog)
def dialog() -> None:
    """Draws the form."""
    begun = (subject_of(NAME) or "").split(_SEPARATOR)
    provider, model, tier = [*begun, "", "", ""][:3]
    with st.form("price", border=False):
        provider = st.text_input("Provider", provider, placeholder="openai", max_chars=64, help="Its id, or *.")
        model = st.text_input(
            "Model", model, placeholder="gpt-4o", max_chars=256, help="Its name, or a pattern such as my-models/*."
        )
        tier = st.text_input("Price tier (optional)", tier, placeholder="standard", max_chars=64)
        st.caption("US dollars per million tokens. What is left empty costs what the price lists say, if they know it.")
        written = {kind: st.text_input(title, placeholder="as listed") for kind, title in _KINDS.items()}
        start = st.date_input("From", now().date(), help="The first day, UTC, on which the price holds.")
        if not st.form_submit_button("Save price", type="primary"):
            return
    assert isinstance(start, date)
    price = NewPrice(
        provider=provider.strip(),
        model=model.strip(),
        tier=tier.strip() or None,
        prices={kind: value.strip() for kind, value in written.items() if value.strip()},
        valid_from=start,
    )
    looking = viewer()
    try:
        looking.connection.api.enter_price(looking.credential, price)
    except ApiError as error:
        notices.failed(error)
    else:
        close_dialog()
        st.rerun()
