"""Prices: the models that have none, and those that the organization has entered itself."""

from datetime import datetime, timedelta

import polars as pl
import streamlit as st

from app import formats
from app.api_client.errors import ApiError
from app.api_client.price_values import OwnPrice
from app.page_parts import links, notices
from app.page_parts.dialogs import open_dialog, subject_of
from app.page_parts.markdown import plain
from app.pages.prices.new_price import NAME, dialog, subject
from app.questions.question import Question
from app.viewer import Viewer, now, viewer

_DAYS = 30
_UNPRICED = (("Provider", 2), ("Model", 4), ("Requests", 2), ("Tokens", 2), ("Last", 2), ("", 2))
_OWN = (("Provider", 2), ("Model", 3), ("Tier", 1), ("US dollars per million tokens", 4), ("Holds", 2), ("", 1))


def page() -> None:
    """Draws the page."""
    looking = viewer()
    is_manager = looking.organization.is_managed_by_viewer
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Prices", anchor=False, width="stretch")
        if is_manager:
            st.button("Set a price", type="primary", icon=":material/add:", on_click=open_dialog, args=(NAME,))
    if not is_manager:
        notices.for_managers()
        return
    _without_price(looking)
    _entered(looking)
    if subject_of(NAME) is not None:
        dialog()


def _without_price(looking: Viewer) -> None:
    end = now()
    bounds = {"start": formats.bound(end - timedelta(days=_DAYS)), "end": formats.bound(end)}
    question = Question("unpriced_models", bounds)
    answer = looking.ask({"unpriced": question}, live=True)["unpriced"]
    with st.container(border=True, key="unpriced-models"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Models without a price, last {_DAYS} days**", help=question.meaning, width="stretch")
            links.open_in_hql(question)
        if isinstance(answer, ApiError):
            notices.failed(answer)
        elif answer.frame.is_empty():
            st.caption("Every call whose usage is known has a cost.")
        else:
            _table_of_unpriced(answer.frame, end)


def _table_of_unpriced(frame: pl.DataFrame, end: datetime) -> None:
    whole = float(frame["request_share"].sum())
    st.caption(f"{formats.share(whole)} of the calls with known usage have no cost and are in no sum of money.")
    _titles(_UNPRICED)
    for row in frame.iter_rows(named=True):
        provider, model, requests, tokens, last, action = st.columns(
            [width for _, width in _UNPRICED], vertical_alignment="center"
        )
        tier = f" at tier {plain(row['tier'])}" if row["tier"] else ""
        provider.markdown(plain(row["provider"]))
        model.markdown(f"**{plain(row['model'] or formats.UNKNOWN)}**{tier}")
        requests.markdown(f"{formats.count(row['unpriced_count'])} ({formats.share(row['request_share'])})")
        tokens.markdown(f"{formats.count(row['input_tokens'])} in, {formats.count(row['output_tokens'])} out")
        last.markdown(f"{formats.age(end - formats.parsed(row['last_at']))} ago")
        about = subject(row["provider"], row["model"], row["tier"])
        action.button("Set price", key=f"price-{about}", type="tertiary", on_click=open_dialog, args=(NAME, about))


def _entered(looking: Viewer) -> None:
    try:
        prices = looking.connection.api.own_prices(looking.credential)
    except ApiError as error:
        notices.failed(error)
        return
    with st.container(border=True, key="own-prices"):
        st.markdown("**Your own prices**")
        if prices:
            _titles(_OWN)
        for price in prices:
            _own_row(looking, price)
        st.caption(
            "They win over every price list, for calls loaded from now on. What was loaded before keeps its cost until "
            "its days are made anew by the job `reprice`."
        )


def _own_row(looking: Viewer, price: OwnPrice) -> None:
    provider, model, tier, rates, holds, action = st.columns([width for _, width in _OWN], vertical_alignment="center")
    provider.markdown(plain(price.provider))
    model.markdown(f"**{plain(price.model)}**")
    tier.markdown(plain(price.tier or "standard"))
    above = f", above {formats.exact(price.above_tokens)} tokens" if price.above_tokens else ""
    rates.markdown(plain(", ".join(f"{kind} {value}" for kind, value in price.prices.items()) + above))
    until = "" if price.valid_until is None else f" until {price.valid_until}"
    holds.markdown(f"from {price.valid_from}{until}", help=plain(f"Entered by {price.changed_by or 'nobody known'}"))
    if action.button("Delete", key=f"delete-{price.id}", type="tertiary", icon=":material/delete:"):
        try:
            looking.connection.api.delete_price(looking.credential, price.id)
        except ApiError as error:
            notices.failed(error)
        else:
            st.rerun()


def _titles(columns: tuple[tuple[str, int], ...]) -> None:
    for column, (title, _) in zip(st.columns([width for _, width in columns]), columns, strict=True):
        column.caption(title)
