"""Which way a request went: who was asked, in whose format, and what cache and limits had to do with it."""

import pandas as pd
import streamlit as st

from app import formats
from app.api_client.values import Attempt, StoredRequest
from app.page_parts import links, tables
from app.page_parts.markdown import plain

_REPORTED = {
    "log": "It did not pass the gateway: it was reported as a log.",
    "otlp": "It did not pass the gateway: it was reported as an OpenTelemetry span.",
    "import": "It did not pass the gateway: it was imported.",
}
_OURSELVES = "weir"
"""The provider of calls that the gateway refused before it chose one."""


def draw(stored: StoredRequest) -> None:
    """Draws the facts, the attempts and what the caller was warned of."""
    row = stored.request
    for fact in facts_of(stored):
        st.markdown(fact)
    if row.get("cache_reference_id"):
        st.page_link(
            links.page("request"),
            label="The call that was answered first",
            icon=":material/bolt:",
            query_params={"id": row["cache_reference_id"]},
        )
    if stored.attempts:
        _attempts(stored)
    if stored.warnings:
        told = "\n".join(f"- {plain(warning)}" for warning in stored.warnings)
        st.warning(f"The caller was told in `Weir-Warnings`:\n\n{told}", icon=":material/info:")


def facts_of(stored: StoredRequest) -> list[str]:
    """Returns what is known of the way, a sentence in Markdown each."""
    row, facts = stored.request, []
    if reported := _REPORTED.get(row.get("source") or ""):
        facts.append(reported)
    elif row["provider"] == _OURSELVES:
        facts.append("The gateway refused it before a provider was chosen.")
    elif row.get("cache_hit"):
        facts.append(f"The response cache answered; {plain(row['provider'])} was not asked.{_saved(stored)}")
    elif not stored.attempts and stored.problem is None:
        facts.append(f"It was not sent to {plain(row['provider'])}.")
    if stored.translated_to:
        facts.append(
            f"The caller speaks `{row['dialect']}`; {plain(row['provider'])} takes it as `{stored.translated_to}`. "
            "The bodies here are the caller's."
        )
    if row.get("rate_limit_policy"):
        facts.append(f"It was refused by the limit `{row['rate_limit_policy'].replace('`', '')}`.")
    return facts


def _saved(stored: StoredRequest) -> str:
    saved = [
        written
        for value, written in (
            (stored.cost.saved_cost_usd, formats.money(stored.cost.saved_cost_usd)),
            (stored.request.get("saved_latency_ms"), formats.duration(stored.request.get("saved_latency_ms"))),
        )
        if value is not None
    ]
    return f" That saved {' and '.join(saved)}." if saved else ""


def _attempts(stored: StoredRequest) -> None:
    began = formats.parsed(stored.request["created_at"])
    rows = [
        (
            each.provider,
            each.model or stored.request.get("request_model") or "",
            each.host,
            _outcome(each),
            max((each.started_at - began).total_seconds() * 1000, 0.0),
            each.duration_ms,
        )
        for each in stored.attempts
    ]
    duration = tables.known(formats.duration)
    st.dataframe(
        pd.DataFrame(rows, columns=["Asked", "Model", "Host", "Outcome", "After", "Took"]).style.format(
            {"After": duration, "Took": duration}
        ),
        hide_index=True,
        row_height=tables.ROW_HEIGHT,
        key="attempts",
        alt="Every try at a provider, in order",
    )


def _outcome(attempt: Attempt) -> str:
    said = [str(attempt.status_code) if attempt.status_code else "", attempt.error_type or ""]
    return " ".join(filter(None, said)) or "no answer"
