"""How fresh the data is: a badge on every page, and which part fails when it is not."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import streamlit as st

from app import formats
from app.api_client.errors import ApiError, SignedOut
from app.api_client.values import Freshness
from app.page_parts.markdown import plain
from app.viewer import Viewer

LATE = timedelta(minutes=5)
_OLD_TRAFFIC = timedelta(hours=6)
"""Rows so late were not waiting: somebody brought them."""


_PARTS = {"database": "application database", "object_store": "object store"}


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
        st.caption(plain(f"{_sentence(problem.message)} {_sentence(problem.hint)}"))


def badge(told: Freshness, zone: ZoneInfo) -> Badge:
    """Says how fresh the data is."""
    help = _help(told)
    if told.problems:
        since = "" if told.last_loaded_at is None else f"; data up to {_clock(told, zone)}"
        return Badge(f"{_down(told)}{since}", "red", ":material/error:", help)
    if told.last_loaded_at is None:
        return Badge("No data yet", "gray", ":material/hourglass_empty:", help)
    age = told.checked_at - told.last_loaded_at
    text = f"Data up to {_clock(told, zone)}, {formats.age(age)} ago"
    if told.pending_segments and max(age, _lag(told)) > LATE:
        return Badge(text, "orange", ":material/schedule:", f"{told.pending_segments} segments wait. {help}")
    return Badge(text, "green", ":material/check_circle:", help)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _down(told: Freshness) -> str:
    names = [_PARTS.get(problem.part, problem.part) for problem in told.problems]
    return f"The {' and the '.join(names)} {'is' if len(names) == 1 and not names[0].endswith('s') else 'are'} down"


def _clock(told: Freshness, zone: ZoneInfo) -> str:
    return formats.clock(told.last_loaded_at, zone, told.checked_at) if told.last_loaded_at else formats.UNKNOWN


def _lag(told: Freshness) -> timedelta:
    return timedelta(milliseconds=told.lag_ms_p95 or 0)


def _help(told: Freshness) -> str:
    if told.lag_ms_p50 is None:
        return "Nothing arrived in the last hour; everything that did before is here."
    if _lag(told) > _OLD_TRAFFIC:
        return "Old traffic was loaded in the last hour, such as demo data or an import."
    return (
        f"From a response's end until its row can be queried, in the last hour: half within "
        f"{formats.duration(told.lag_ms_p50)}, 95 of 100 within {formats.duration(told.lag_ms_p95)}."
    )
