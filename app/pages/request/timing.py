"""Where a request's time went."""

import streamlit as st

from app import formats
from app.api_client.values import StoredRequest
from app.charts.layout import CONFIG
from app.charts.waterfall import Step, waterfall


def draw(stored: StoredRequest) -> None:
    """Draws the waterfall and the speed of the answer."""
    steps = steps_of(stored)
    if not steps:
        st.caption("No times are known of this request.")
        return
    st.plotly_chart(waterfall(steps), config=CONFIG, key="waterfall", alt="Where the request's time went")
    row = stored.request
    streaming = (row["latency_ms"] or 0) - (row["time_to_first_token_ms"] or 0)
    if row["output_tokens"] and row["time_to_first_token_ms"] and streaming > 0:
        st.caption(f"{row['output_tokens'] / streaming * 1000:,.0f} output tokens a second after the first.")


def steps_of(stored: StoredRequest) -> list[Step]:
    """Returns the stretches that are known, each from the request's beginning."""
    row = stored.request
    end, gateway = row["latency_ms"], row["gateway_ms"]
    if end is None:
        return []
    first_byte, first_token = row["time_to_first_byte_ms"], row["time_to_first_token_ms"]
    marks = [("Gateway", gateway), ("Waiting for the provider", first_byte or first_token)]
    if first_byte is not None and first_token is not None:
        marks.append(("Until the first token", first_token))
    marks.append(("Answer" if len(marks) == 1 or first_token is None else "Streaming the answer", end))
    steps, at = [], 0.0
    for name, until in marks:
        if until is not None and until >= at:
            steps.append(Step(name, at, until))
            at = until
    began = formats.parsed(row["created_at"])
    for place, attempt in enumerate(stored.attempts, start=1):
        if len(stored.attempts) > 1:
            start = (attempt.started_at - began).total_seconds() * 1000
            outcome = attempt.status_code or attempt.error_type or "no answer"
            steps.append(Step(f"Try {place}: {attempt.provider}, {outcome}", start, start + attempt.duration_ms))
    return steps
