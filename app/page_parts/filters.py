"""What a page looks at: a period and conditions, kept in the address so that every view is a link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from app.page_parts.known import Known
from app.page_parts.period import RANGES, Period, Range, between, recent
from app.viewer import now

STATUSES = ("2xx", "3xx", "4xx", "5xx", "none")


@dataclass(frozen=True)
class Looking:
    """A period and the conditions that are set, by the names that questions know them by."""

    period: Period
    conditions: Mapping[str, object]

    @property
    def parameters(self) -> dict[str, object]:
        """Everything a question about it is given."""
        return {**self.period.parameters, **self.conditions}

    def renewed(self) -> "Looking":
        """The same as seen from now."""
        return Looking(self.period.renewed(now()), self.conditions)

    @property
    def before(self) -> "Looking":
        """The same conditions in the period before."""
        return Looking(self.period.previous, self.conditions)


def range_control() -> Range:
    """Draws the choice of how far back to look."""
    return st.segmented_control(
        "Period", RANGES, default="24h", required=True, key="range", bind="query-params", label_visibility="collapsed"
    )


def period_of(chosen: Range) -> Period:
    """Returns the period; draws two dates where the person wants their own."""
    moment = now()
    if chosen != "custom":
        for name in ("from", "to"):
            st.query_params.pop(name, None)
        return recent(chosen, moment)
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="bottom"):
        start = _moment_input("From (UTC)", "from", moment - timedelta(days=1))
        end = _moment_input("To (UTC)", "to", moment)
    return between(start, end)


def condition_controls(known: Known) -> dict[str, object]:
    """Draws the conditions that all pages share, in a popover with their number on its button."""
    number = sum(1 for key in ("provider", "model", "user", "property") if st.session_state.get(key))
    label = f"Filters · {number}" if number else "Filters"
    with st.popover(label, icon=":material/filter_list:", key="filters"):
        provider = _many("Provider", "provider", known.providers)
        model = _many("Model", "model", known.models)
        user = _text("User", "user", "user_id, exactly")
        property, value = property_controls(known.properties)
    return given(provider=provider, model=model, user=user, property=property, value=value)


def property_controls(names: Sequence[str]) -> tuple[str | None, str | None]:
    """Draws the choice of a custom property and its value; a name alone asks for requests that have it."""
    left, right = st.columns(2)
    with left:
        name = st.selectbox(
            "Property",
            names,
            index=None,
            placeholder="any",
            accept_new_options=True,
            key="property",
            bind="query-params",
        )
    with right:
        value = _text("Value", "value", "any value", disabled=not name)
    return name, value if name else None


def list_controls() -> dict[str, object]:
    """Draws the conditions of the list of requests."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="list-conditions"):
        status = st.pills(
            "Status",
            STATUSES,
            selection_mode="multi",
            key="status",
            bind="query-params",
            label_visibility="collapsed",
            format_func=lambda kind: "no status" if kind == "none" else kind,
        )
        search = st.text_input(
            "Search",
            value=None,
            key="search",
            bind="query-params",
            placeholder="Search prompts, answers, ids",
            icon=":material/search:",
            label_visibility="collapsed",
            width=280,
        )
        session = st.text_input(
            "Session",
            value=None,
            key="session",
            bind="query-params",
            placeholder="Session",
            icon=":material/forum:",
            label_visibility="collapsed",
            width=180,
        )
        latency = _at_least("Latency, ms", "min_latency_ms", "≥ ms", 100.0)
        cost = _at_least("Cost, $", "min_cost_usd", "≥ $", 0.01)
    return given(status=status, search=search, session=session, min_latency_ms=latency, min_cost_usd=cost)


def _at_least(label: str, key: str, placeholder: str, step: float) -> float | None:
    return st.number_input(
        label,
        min_value=0.0,
        value=None,
        step=step,
        key=key,
        bind="query-params",
        placeholder=placeholder,
        label_visibility="collapsed",
        width=120,
    )


def given(**conditions: object) -> dict[str, object]:
    """Returns the conditions that are set: an empty text, list or number asks for nothing."""
    return {name: value for name, value in conditions.items() if value}


def clear() -> None:
    """Takes all conditions away; a callback, for it must run before their widgets are drawn."""
    for key in ("provider", "model", "status"):
        st.session_state[key] = []
    for key in ("user", "property", "value", "search", "session", "min_latency_ms", "min_cost_usd"):
        st.session_state[key] = None


def _many(label: str, key: str, options: Sequence[str]) -> list[str]:
    return st.multiselect(label, options, key=key, bind="query-params", placeholder="all", accept_new_options=True)


def _text(label: str, key: str, placeholder: str, *, disabled: bool = False) -> str | None:
    text = st.text_input(label, value=None, key=key, bind="query-params", placeholder=placeholder, disabled=disabled)
    return text.strip() if text else None


def _moment_input(label: str, name: str, default: datetime) -> datetime:
    """Draws a date and its time; both stand in the address from the beginning, so that a link means what it shows."""
    at = (
        st.datetime_input(
            label,
            value=_written_in_address(name) or default.replace(second=0, microsecond=0, tzinfo=None),
            key=f"{name}-input",
            width=210,
        )
        or default
    )
    st.query_params[name] = f"{at:%Y-%m-%dT%H:%M}"
    return at.replace(tzinfo=UTC)


def _written_in_address(name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(st.query_params.get(name, "")).replace(tzinfo=None)
    except ValueError:
        return None
