"""What stands around every page: its frame, the sidebar, and who may look."""

from collections.abc import Callable
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
    def page(
        name: links.Name, draw: Callable[[], None], title: str, icon: str | None = None, *, is_shown: bool = True
    ) -> Page:
        symbol = f":material/{icon}:" if icon else None
        visibility: Literal["visible", "hidden"] = "visible" if is_shown else "hidden"
        return st.Page(draw, title=title, icon=symbol, url_path=name, visibility=visibility, default=name == front)

    return {
        "overview": page("overview", overview.page, "Overview", "monitoring"),
        "requests": page("requests", requests.page, "Requests", "list_alt"),
        "hql": page("hql", hql.page, "HQL", "code"),
        "request": page("request", request.page, "Request", is_shown=False),
        "keys": page("keys", keys.page, "API keys", "key", is_shown=manages),
        "provider-keys": page("provider-keys", provider_keys.page, "Provider keys", "vpn_key", is_shown=manages),
        "prices": page("prices", prices.page, "Prices", "payments", is_shown=manages),
        "data": page("data", data.page, "Retention and deletion", "auto_delete", is_shown=manages),
    }
