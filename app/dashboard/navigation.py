"""What stands around every page: its frame, the sidebar, and who may look."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from app.dashboard import sidebar
from app.page_parts import links
from app.pages.hql import page as hql
from app.pages.overview import page as overview
from app.pages.request import page as request
from app.pages.requests import page as requests
from app.viewer import viewer

_ASSETS = Path(__file__).parents[1] / "assets"


def draw(front: links.Name = "overview") -> None:
    """Draws the page that the address names, the front page where it names none."""
    st.set_page_config(page_title="Weir", page_icon=str(_ASSETS / "mark.svg"), layout="wide")
    st.html(_ASSETS / "dashboard.css")
    st.logo(str(_ASSETS / "weir.svg"), icon_image=str(_ASSETS / "mark.svg"), size="large")
    pages = _pages(front)
    links.register(pages)
    chosen = st.navigation(list(pages.values()))
    sidebar.draw(viewer())
    chosen.run()


def _pages(front: links.Name) -> dict[links.Name, Page]:
    return {
        "overview": st.Page(
            overview.page,
            title="Overview",
            icon=":material/monitoring:",
            url_path="overview",
            default=front == "overview",
        ),
        "requests": st.Page(
            requests.page,
            title="Requests",
            icon=":material/list_alt:",
            url_path="requests",
            default=front == "requests",
        ),
        "hql": st.Page(hql.page, title="HQL", icon=":material/code:", url_path="hql", default=front == "hql"),
        "request": st.Page(
            request.page, title="Request", url_path="request", visibility="hidden", default=front == "request"
        ),
    }
