"""Widgets for the typed parameters of a query, such as `{days:UInt8}`."""

import re
from collections.abc import Mapping
from datetime import date

import streamlit as st


def parameter_controls(types: Mapping[str, str], given: Mapping[str, str], revision: int) -> dict[str, object]:
    """Draws a widget for each parameter and returns the values.

    A widget begins with what is given and keeps what was typed until the revision changes.
    """
    values: dict[str, object] = {}
    if types:
        with st.container(horizontal=True, vertical_alignment="bottom", key="parameters"):
            for name, type in types.items():
                values[name] = _control(name, type, given.get(name), f"parameter-{revision}-{name}-{type}")
    return {name: value for name, value in values.items() if value is not None}


def _control(name: str, type: str, given: str | None, key: str) -> object:
    label, help = name, type
    inner = re.sub(r"^(?:Nullable|LowCardinality)\((.*)\)$", r"\1", type)
    if inner.startswith("Array("):
        start = [part for part in (given or "").split(",") if part]
        return st.multiselect(label, start, default=start, key=key, help=help, accept_new_options=True, width=240)
    if re.match(r"U?Int\d+$", inner):
        return st.number_input(label, value=_number(given, int), step=1, key=key, help=help, width=150)
    if inner.startswith(("Float", "Decimal")):
        return st.number_input(label, value=_number(given, float), key=key, help=help, width=150)
    if inner == "Bool":
        return st.checkbox(label, value=given == "true", key=key, help=help)
    if inner in {"Date", "Date32"}:
        chosen = st.date_input(label, value=_date(given), key=key, help=help, width=150)
        return chosen.isoformat() if isinstance(chosen, date) else None
    placeholder = "2026-01-31 12:00:00" if inner.startswith("DateTime") else None
    return st.text_input(label, value=given or "", key=key, help=help, placeholder=placeholder, width=220)


def _number(given: str | None, kind: type[int] | type[float]) -> int | float | None:
    try:
        return kind(given) if given else None
    except ValueError:
        return None


def _date(given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        return None
