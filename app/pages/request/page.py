"""One request on a page of its own, to link to."""

import streamlit as st

from app.api_client.errors import ApiError, NotFound, Refused
from app.api_client.values import Answer
from app.page_parts import links, notices
from app.pages.request import view
from app.questions.question import Question
from app.viewer import Viewer, viewer

_NOBODY = "00000000-0000-0000-0000-000000000000"


def page() -> None:
    """Draws the page of the request that the address names."""
    looking = viewer()
    request_id = st.query_params.get("id", "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Request", anchor=False, width="stretch")
        neighbours = st.container(horizontal=True, width="content")
    st.caption(f"`{request_id.replace('`', '')}`")
    try:
        opened = view.open_request(looking, request_id)
    except (NotFound, Refused):
        st.warning("There is no such request, or it is another organization's.", icon=":material/search_off:")
        st.page_link(links.page("requests"), label="All requests", icon=":material/list_alt:")
        return
    except ApiError as error:
        notices.unavailable(error)
        return
    with neighbours:
        _neighbours(looking, opened.stored.request)
    view.draw(looking, opened)


def _neighbours(looking: Viewer, row: dict[str, str]) -> None:
    asked = Question(
        "neighbours", {"at": row["created_at"].removesuffix("Z").replace("T", " "), "id": row["request_id"]}
    )
    answer = looking.ask({"neighbours": asked})["neighbours"]
    if not isinstance(answer, Answer) or answer.frame.is_empty():
        return
    found = answer.frame.row(0, named=True)
    for label, column, icon in (("Older", "older_id", "arrow_back"), ("Newer", "newer_id", "arrow_forward")):
        id = found[column]
        there = bool(id) and id != _NOBODY
        st.page_link(
            links.page("request"),
            label=label,
            icon=f":material/{icon}:",
            disabled=not there,
            query_params={"id": id} if there else None,
        )
