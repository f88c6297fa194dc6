"""What was said of a request afterwards: scores, feedback, and changes of its properties."""

import pandas as pd
import streamlit as st

from app import formats
from app.api_client.values import Score, StoredRequest
from app.page_parts import tables
from app.page_parts.markdown import plain
from app.viewer import Viewer


def draw(viewer: Viewer, stored: StoredRequest) -> None:
    """Draws the scores, the oldest first."""
    if not stored.scores:
        st.caption("Nobody has judged this request. `POST /v1/requests/{id}/scores` and `…/feedback` at the API do.")
        return
    st.dataframe(
        pd.DataFrame(
            [
                (formats.moment(each.created_at, viewer.zone), each.name, written(each), each.source, each.comment)
                for each in stored.scores
            ],
            columns=["When", "Name", "Value", "Source", "Comment"],
        ),
        hide_index=True,
        placeholder=formats.UNKNOWN,
        row_height=tables.ROW_HEIGHT,
        key="scores",
        alt="Scores and feedback",
    )
    st.caption("A name that was judged again by the same source counts with its latest value.")


def draw_edits(viewer: Viewer, stored: StoredRequest) -> None:
    """Draws how properties were changed after the call."""
    for each in stored.property_edits:
        what = "removed" if each.value is None else f"set to **{plain(each.value)}**"
        st.caption(f"{plain(each.name)} {what} · {formats.moment(each.created_at, viewer.zone)}")


def badges(stored: StoredRequest) -> list[str]:
    """Returns what end users thought, as a sign for each source's latest word."""
    latest = {each.source: each for each in stored.scores if each.kind == "feedback"}
    return ["thumb_up" if each.value else "thumb_down" for each in latest.values()]


def written(score: Score) -> str:
    """Writes the value in the way of its type."""
    if score.value_type == "category" or score.value is None:
        return score.category or formats.UNKNOWN
    if score.value_type == "boolean":
        return "yes" if score.value else "no"
    return f"{score.value:g}"
