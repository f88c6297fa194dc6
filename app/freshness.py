"""How fresh the data is: a badge on every page, and which part fails when it is not."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import streamlit as st

from app import formats
from app.api_errors import ApiError, SignedOut
from app.api_values import Freshness
from app.markdown import plain
from app.viewer import Viewer

LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Badge:
    """What the badge says."""

    text: str
    colour: Literal["green", "orange", "red", "gray"]
    icon: str
    help: str


def draw(viewer: Viewer) -> None:
    """Draws the badge, and below it what is broken."""
    try:
        told = viewer.connection.api.freshness(viewer.credential)
    except SignedOut:
        return
    except ApiError as error:
        st.badge("The api is down", color="red", icon=":material/cloud_off:", help="Run `weir doctor`.")
        st.caption(plain(error.message))
        return
    shown = badge(told, viewer.zone)
    st.badge(shown.text, color=shown.colour, icon=shown.icon, help=shown.help)
    for problem in told.problems:
        st.caption(f":red[**{plain(problem.part)}**] {plain(problem.message)}. {plain(problem.hint)}")


def badge(told: Freshness, zone: ZoneInfo) -> Badge:
    """Says how fresh the data is."""
    help = _help(told)
    if told.problems:
        parts = ", ".join(problem.part for problem in told.problems)
        since = "" if told.last_loaded_at is None else f"; data up to {_clock(told, zone)}"
        return Badge(f"{parts} down{since}", "red", ":material/error:", help)
    if told.last_loaded_at is None:
        return Badge("No data yet", "gray", ":material/hourglass_empty:", help)
    age = told.checked_at - told.last_loaded_at
    text = f"Data up to {_clock(told, zone)}, {formats.age(age)} ago"
    if age > LATE and told.pending_segments:
        return Badge(text, "orange", ":material/schedule:", f"{told.pending_segments} segments wait. {help}")
    if (told.lag_ms_p95 or 0) > LATE.total_seconds() * 1000:
        return Badge(text, "orange", ":material/schedule:", help)
    return Badge(text, "green", ":material/check_circle:", help)


def _clock(told: Freshness, zone: ZoneInfo) -> str:
    return formats.clock(told.last_loaded_at, zone, told.checked_at) if told.last_loaded_at else formats.UNKNOWN


def _help(told: Freshness) -> str:
    if told.lag_ms_p50 is None:
        return "Nothing arrived in the last hour; everything that did before is here."
    return (
        f"From a response's end until its row can be queried, in the last hour: half within "
        f"{formats.duration(told.lag_ms_p50)}, 95 of 100 within {formats.duration(told.lag_ms_p95)}."
    )
