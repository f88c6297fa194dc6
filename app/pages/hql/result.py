"""What a query answered: rows, how it went, a chart, and files to take away; or what is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import streamlit as st

from app import formats
from app.api_client.client import FileFormat, Query
from app.api_client.errors import ApiError, Refused
from app.api_client.values import Answer
from app.charts.custom import KINDS, MOST_ROWS, custom, suggested
from app.charts.layout import CONFIG
from app.page_parts import notices
from app.page_parts.markdown import plain
from app.viewer import Viewer


@dataclass(frozen=True)
class Asked:
    """A query that was run, and its outcome."""

    query: Query
    limit: int
    outcome: Answer | ApiError


def draw(viewer: Viewer, asked: Asked, refresh: Callable[[], None]) -> None:
    """Draws the outcome."""
    if isinstance(asked.outcome, ApiError):
        _problem(asked.query.sql, asked.outcome)
        return
    answer = asked.outcome
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(summary(answer), width="stretch")
        st.button("Refresh", icon=":material/refresh:", type="tertiary", on_click=refresh, help="Passes the cache.")
        for format, label in (("csv", "CSV"), ("parquet", "Parquet")):
            _download(viewer, asked, format, label)  # type: ignore[arg-type]
    if answer.truncated:
        st.warning(f"There are more rows: these are the first {formats.exact(answer.row_count)}.")
    table, chart = st.tabs([":material/table: Table", ":material/bar_chart: Chart"])
    with table:
        if answer.frame.is_empty():
            st.caption("The query ran and gave no rows.")
        else:
            st.dataframe(
                answer.frame,
                hide_index=True,
                height="auto",
                placeholder=formats.UNKNOWN,
                key="result",
                alt="The query's rows",
                column_config={
                    name: st.column_config.NumberColumn(format="%.6f")
                    for name, type in answer.frame.schema.items()
                    if type == pl.Decimal
                },
            )
    with chart:
        _chart(answer.frame)


def summary(answer: Answer) -> str:
    """Says in a line how many rows came, how fast, from how many, and from when."""
    rows = f"**{formats.exact(answer.row_count)}** {'row' if answer.row_count == 1 else 'rows'}"
    parts = [rows, formats.duration(answer.elapsed_ms), f"{formats.count(answer.read_rows)} rows read"]
    match answer.cache:
        case "hit":
            parts.append(f":green-badge[cached {answer.age_seconds:.0f} s ago]")
        case "stale":
            parts.append(f":orange-badge[cached {answer.age_seconds:.0f} s ago, newer data came since]")
        case _:
            parts.append(":blue-badge[fresh]")
    return " · ".join(parts)


def _download(viewer: Viewer, asked: Asked, format: FileFormat, label: str) -> None:
    api, credential = viewer.connection.api, viewer.credential
    st.download_button(
        label,
        # Called when the button is pressed: nobody waits for a file that nobody wants.
        lambda: api.file(credential, asked.query, format, limit=asked.limit),
        file_name=f"hql.{format}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=f"download-{format}",
    )


def _chart(frame: pl.DataFrame) -> None:
    start = suggested(frame)
    if start is None or frame.is_empty():
        st.caption("A chart needs a column of numbers and one to lay them out by.")
        return
    kind, x, y, colour = start
    columns = frame.columns
    numbers = [name for name, type in frame.schema.items() if type.is_numeric()]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control("Kind", KINDS, default=kind, required=True, key="chart-kind")
        x = st.selectbox("Across", columns, index=columns.index(x), width=170)
        y = st.selectbox("Up", numbers, index=numbers.index(y), width=170)
        by = ["none", *columns]
        chosen = st.selectbox("Colour", by, index=by.index(colour) if colour else 0, width=170)
    figure = custom(frame, kind, x, y, None if chosen == "none" else chosen)
    st.plotly_chart(figure, config=CONFIG, key="result-chart", alt=f"{y} over {x}")
    if frame.height > MOST_ROWS:
        st.caption(f"The first {formats.exact(MOST_ROWS)} rows are drawn.")


def _problem(sql: str, error: ApiError) -> None:
    if not isinstance(error, Refused):
        notices.unavailable(error)
        return
    st.error(plain(error.message), icon=":material/error:")
    place = caret(sql, error.line, error.column)
    if place is not None:
        st.code(place, language=None)
    if error.hint:
        st.caption(f":material/lightbulb: {plain(error.hint)}")


def caret(sql: str, line: int | None, column: int | None) -> str | None:
    """Returns the line that is wrong with a caret under the place."""
    lines = sql.splitlines()
    if line is None or not 0 < line <= len(lines):
        return None
    head = f"{line} │ "
    pointer = "" if column is None else f"\n{' ' * (len(head) + column - 1)}^"
    return f"{head}{lines[line - 1]}{pointer}"
