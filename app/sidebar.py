"""What stands beside every page: the organization, how fresh the data is, and who is signed in."""

import streamlit as st

from app import freshness
from app.markdown import plain
from app.viewer import Viewer, viewer


def draw(looking: Viewer) -> None:
    """Draws the sidebar below its navigation."""
    with st.sidebar:
        _organization(looking)
        _freshness()
        with st.container(horizontal=True, vertical_alignment="center", key="who"):
            st.caption(plain(looking.me.user.name or looking.me.user.email))
            st.html('<a class="weir-sign-out" href="/sign-out" target="_self">Sign out</a>')


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
