"""What stands beside every page: the organization, how fresh the data is, and who is signed in."""

from html import escape

import streamlit as st

from app.dashboard import freshness
from app.page_parts.markdown import plain
from app.viewer import Viewer, viewer


def draw(looking: Viewer) -> None:
    """Draws the sidebar below its navigation."""
    with st.sidebar:
        _organization(looking)
        _freshness()
        if looking.settings.dagster_url:
            st.caption(f"[Pipelines :material/open_in_new:]({looking.settings.dagster_url})")
        _who(looking)


def _who(looking: Viewer) -> None:
    """A line of HTML: Streamlit's links open in a second tab, and its markdown makes an email address a link."""
    name = escape(looking.me.user.name or looking.me.user.email)
    with st.container(key="who"):
        st.html(f'<div><span>{name}</span><a href="/sign-out" target="_self">Sign out</a></div>')


def _organization(looking: Viewer) -> None:
    names = {one.id: one.name for one in looking.me.organizations}
    if len(names) == 1:
        st.caption(f"**{plain(looking.organization.name)}**")
        return
    st.selectbox(
        "Organization",
        list(names),
        format_func=lambda one: names.get(one, one),
        key="organization",
        bind="query-params",
        label_visibility="collapsed",
    )


@st.fragment(run_every="10s")
def _freshness() -> None:
    """Renews itself, so that an open page does not claim to be fresh."""
    freshness.draw(viewer())
