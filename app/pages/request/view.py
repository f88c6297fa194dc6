"""One request as a whole: the same in the drawer beside the list and on its own page."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import formats
from app.api_client.errors import ApiError
from app.api_client.values import Side, StoredRequest
from app.page_parts import links
from app.page_parts.markdown import plain
from app.pages.request import bodies, conversation, cost, curl, route, scores, timing
from app.viewer import Viewer, now

_COLOURS = {2: "green", 3: "gray", 4: "orange", 5: "red"}


@dataclass(frozen=True)
class Opened:
    """A request with its bodies."""

    stored: StoredRequest
    bytes: dict[Side, bytes | None]


def open_request(viewer: Viewer, request_id: str) -> Opened:
    """Fetches a request and its bodies at once; raises ApiError."""
    api, credential, submit = viewer.connection.api, viewer.credential, viewer.connection.threads.submit
    stored = submit(api.request, credential, request_id)
    sides: tuple[Side, ...] = ("request", "response")
    waiting = {side: submit(api.body, credential, request_id, side) for side in sides}
    opened: dict[Side, bytes | None] = {}
    for side, body in waiting.items():
        try:
            opened[side] = body.result()
        except ApiError:
            # The stored request says why there is none.
            opened[side] = None
    return Opened(stored.result(), opened)


def draw(viewer: Viewer, opened: Opened) -> None:
    """Draws the request."""
    stored, row = opened.stored, opened.stored.request
    _headline(viewer, stored)
    _figures(row)
    if stored.problem:
        st.warning(f"The bodies cannot be shown: {plain(stored.problem)}", icon=":material/inventory_2:")
    judged = f"Scores · {len(stored.scores)}" if stored.scores else "Scores"
    chat, request, response, way, times, costs, said, facts = st.tabs(
        ["Chat", "Request", "Response", "Route", "Timing", "Cost", judged, "Details"]
    )
    with chat:
        conversation.draw(stored)
    with request:
        bodies.draw(stored, "request", opened.bytes["request"])
        with st.expander("Copy as curl", icon=":material/terminal:"):
            _command(curl.command(stored, opened.bytes["request"], viewer.settings.gateway_url))
    with response:
        bodies.draw(stored, "response", opened.bytes["response"])
    with way:
        route.draw(stored)
    with times:
        timing.draw(stored)
    with costs:
        cost.draw(stored)
    with said:
        scores.draw(viewer, stored)
    with facts:
        _details(row)
        scores.draw_edits(viewer, stored)


def _command(command: str | None) -> None:
    if command is None:
        st.caption("It did not pass the gateway, and its format is none that the gateway could send.")
    else:
        st.code(command, language="bash")


def _headline(viewer: Viewer, stored: StoredRequest) -> None:
    row = stored.request
    at = formats.parsed(row["created_at"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(_status(row), color=_colour(row))  # type: ignore[arg-type]
        st.markdown(f"**{plain(_name(row))}** · {plain(_kind(row))}", width="content")
        st.caption(
            f"{formats.clock(at, viewer.zone, now())} · {formats.age(now() - at)} ago",
            help=formats.moment(at, viewer.zone),
            width="content",
        )
        if row["cache_hit"]:
            st.badge("served from cache", color="blue", icon=":material/bolt:")
        if len(stored.attempts) > 1:
            st.badge(f"{len(stored.attempts)} tries", color="orange", icon=":material/alt_route:")
        if stored.translated_to:
            st.badge("translated", color="gray", icon=":material/translate:")
        if stored.warnings:
            st.badge(f"warnings: {len(stored.warnings)}", color="orange", icon=":material/info:")
        for icon in scores.badges(stored):
            st.badge("feedback", color="green" if icon == "thumb_up" else "red", icon=f":material/{icon}:")
        if row["session_id"]:
            st.page_link(
                links.page("requests"),
                label="Its session",
                icon=":material/forum:",
                query_params={"session": row["session_id"], "range": "30d"},
            )
    if row["error_type"] or row["error_message"]:
        st.error(f"**{plain(row['error_type'] or 'error')}** {plain(row['error_message'] or '')}")


def _figures(row: dict[str, Any]) -> None:
    with st.grid(5, min_column_width=110, gap="small"):
        st.metric("Latency", formats.duration(row["latency_ms"]), border=True)
        st.metric("First token", formats.duration(row["time_to_first_token_ms"]), border=True)
        st.metric("Input", formats.count(row["input_tokens"]), border=True, help="Tokens, cached ones included.")
        st.metric("Output", formats.count(row["output_tokens"]), border=True, help="Tokens, reasoning included.")
        st.metric("Cost", cost.written(row) if _is_call(row) else formats.UNKNOWN, border=True)


def _is_call(row: dict[str, Any]) -> bool:
    """Whether it is a call to a model, not a tool, an agent or another step that has no tokens of its own."""
    return (row.get("step_kind") or "llm") == "llm"


def _name(row: dict[str, Any]) -> str:
    return str(row["model"] or row.get("step_name") or row["provider"])


def _kind(row: dict[str, Any]) -> str:
    return str(row["provider"] if _is_call(row) else row["step_kind"])


def _colour(row: dict[str, Any]) -> str:
    status = (row["status_code"] or 0) // 100
    # A stream that broke has begun with 200.
    return "red" if status == 2 and row["error_type"] else _COLOURS.get(status, "violet")


def _status(row: dict[str, Any]) -> str:
    status = str(row["status_code"] or "no status")
    return f"{status} · {row['error_type']}" if row["error_type"] else status


_FACTS = (
    "request_id",
    "user_id",
    "session_id",
    "session_name",
    "session_path",
    "trace_id",
    "span_id",
    "parent_span_id",
    "step_kind",
    "step_name",
    "api_key_id",
    "source",
    "dialect",
    "method",
    "path",
    "target_host",
    "request_model",
    "response_model",
    "model_override",
    "is_stream",
    "service_tier",
    "finish_reason",
    "tool_names",
    "usage_source",
    "prompt_id",
    "prompt_version",
    "user_agent",
    "country_code",
    "rate_limit_policy",
    "cache_key",
    "cache_reference_id",
    "attempt_count",
    "loaded_at",
)


def _details(row: dict[str, Any]) -> None:
    properties = row["properties"] or {}
    if properties:
        st.markdown(" ".join(f":blue-badge[{plain(name)} = {plain(value)}]" for name, value in properties.items()))
    known = {name: row.get(name) for name in _FACTS if row.get(name) not in (None, "", [])}
    st.table({name: f"`{_one_line(value)}`" for name, value in known.items()}, border="horizontal", width="stretch")


def _one_line(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return " ".join(text.replace("`", "'").split())
