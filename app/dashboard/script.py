"""The script Streamlit runs for every visit and click: who is looking, the sidebar, and the chosen page.

It stands in a folder of its own, for Streamlit takes files of a folder `pages` beside a script for pages.
"""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from app import links, sidebar
from app.pages import hql, overview, request, requests
from app.viewer import viewer

_ASSETS = Path(__file__).parents[1] / "assets"

st.set_page_config(page_title="Weir", page_icon=str(_ASSETS / "mark.svg"), layout="wide")
st.html(_ASSETS / "dashboard.css")
st.logo(str(_ASSETS / "weir.svg"), icon_image=str(_ASSETS / "mark.svg"), size="large")

pages: dict[links.Name, Page] = {
    "overview": st.Page(
        overview.page, title="Overview", icon=":material/monitoring:", url_path="overview", default=True
    ),
    "requests": st.Page(requests.page, title="Requests", icon=":material/list_alt:", url_path="requests"),
    "hql": st.Page(hql.page, title="HQL", icon=":material/code:", url_path="hql"),
    "request": st.Page(request.page, title="Request", url_path="request", visibility="hidden"),
}
links.register(pages)
chosen = st.navigation(list(pages.values()))
sidebar.draw(viewer())
chosen.run()
