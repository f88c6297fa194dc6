"""What stands around every page: its frame, the sidebar, and who may look."""

from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.navigation.page import Page

from app.dashboard import sidebar
from app.page_parts import links
from app.pages.data import page as data
from app.pages.hql import page as hql
from app.pages.keys import page as keys
from app.pages.overview import page as overview
from app.pages.prices import page as prices
from app.pages.provider_keys import page as provider_keys
from app.pages.request import page as request
from app.pages.requests import page as requests
from app.viewer import may_manage, viewer

_ASSETS = Path(__file__).parents[1] / "assets"


def draw(front: links.Name = "overview") -> None:
    """Draws the page that the address names, the front page where it names none."""
    st.set_page_config(page_title="Weir", page_icon=str(_ASSETS / "mark.svg"), layout="wide")
    st.html(_ASSETS / "dashboard.css")
    st.logo(str(_ASSETS / "weir.svg"), icon_image=str(_ASSETS / "mark.svg"), size="large")
    pages = _pages(front, manages=may_manage())
    links.register(pages)
    settings = [pages["keys"], pages["provider-keys"], pages["prices"], pages["data"]]
    chosen = st.navigation({"": [page for page in pages.values() if page not in settings], "Settings": settings})
    sidebar.draw(viewer())
    chosen.run()


def _pages(front: links.Name, *, manages: bool) -> dict[links.Name, Page]:
    for_managers: Literal["visible", "hidden"] = "visible" if manages else "hidden"
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
        "keys": st.Page(
            keys.page,
            title="API keys",
            icon=":material/key:",
            url_path="keys",
            visibility=for_managers,
            default=front == "keys",
        ),
        "provider-keys": st.Page(
            provider_keys.page,
            title="Provider keys",
            icon=":material/vpn_key:",
            url_path="provider-keys",
            visibility=for_managers,
            default=front == "provider-keys",
        ),
        "prices": st.Page(
            prices.page,
            title="Prices",
            icon=":material/payments:",
            url_path="prices",
            visibility=for_managers,
            default=front == "prices",
        ),
        "data": st.Page(
            data.page,
            title="Retention and deletion",
            icon=":material/auto_delete:",
            url_path="data",
            visibility=for_managers,
            default=front == "data",
        ),
    }
