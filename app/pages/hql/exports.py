"""Exports: all rows of a query as a file that the server writes while people do something else."""

from typing import get_args

import streamlit as st

from app import formats
from app.api_client.client import FileFormat, Query
from app.api_client.errors import ApiError
from app.api_client.query_values import Export
from app.page_parts import notices
from app.page_parts.markdown import plain
from app.viewer import Viewer, now

_MOST_SHOWN = 10
_MOST_BYTES_THROUGH_US = 200_000_000
"""A larger file comes from the object store itself, or with `wh.export` from Python: here it would fill our memory."""
_SECONDS_BETWEEN_LOOKS = 2.0


def draw(viewer: Viewer, query: Query) -> None:
    """Draws what begins an export of the query, and the exports of the last days."""
    with st.popover("Exports", icon=":material/download_for_offline:"):
        st.caption("All rows of the query in the editor, however many there are. The file is kept for a week.")
        with st.container(horizontal=True):
            for format in get_args(FileFormat):
                st.button(
                    f"Export as {format.upper() if format == 'csv' else format.capitalize()}",
                    on_click=_begin,
                    args=(viewer, query, format),
                    disabled=not query.sql.strip(),
                    key=f"export-{format}",
                )
        _list(viewer)


@st.fragment(run_every=_SECONDS_BETWEEN_LOOKS)
def _list(viewer: Viewer) -> None:
    try:
        exports = viewer.connection.api.exports(viewer.credential)
    except ApiError as error:
        notices.failed(error)
        return
    for export in exports[:_MOST_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_told(export), width="stretch")
            if export.is_active:
                st.button(
                    "Cancel", type="tertiary", on_click=_stop, args=(viewer, export.id), key=f"stop-export-{export.id}"
                )
            elif export.state == "done":
                _download(viewer, export)


def _download(viewer: Viewer, export: Export) -> None:
    if export.result_url is not None and not export.result_url.startswith("/"):
        st.link_button("Download", export.result_url, type="tertiary", icon=":material/download:")
    elif export.bytes <= _MOST_BYTES_THROUGH_US:
        st.download_button(
            "Download",
            lambda: viewer.connection.api.exported(viewer.credential, export.id),
            file_name=f"hql-{export.created_at:%Y-%m-%d-%H%M%S}.{export.format}",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            key=f"download-export-{export.id}",
        )
    else:
        st.caption("Fetch it with `wh.export`")


def _told(export: Export) -> str:
    rows = f"{formats.exact(export.row_count)} rows, {formats.bytes_size(export.bytes)}"
    how = {"queued": "waits", "running": rows, "done": rows, "failed": "failed", "cancelled": "cancelled"}[export.state]
    if export.state == "failed" and export.error is not None:
        how = f"failed: {export.error.message}"
    asked = " ".join(export.sql.split())[:60]
    return plain(f"{formats.age(now() - export.created_at)} ago · {export.format} · {how} · {asked}")


def _begin(viewer: Viewer, query: Query, format: FileFormat) -> None:
    try:
        viewer.connection.api.begin_export(viewer.credential, query, format)
    except ApiError as error:
        st.toast(plain(error.message), icon=":material/error:")


def _stop(viewer: Viewer, export_id: str) -> None:
    try:
        viewer.connection.api.stop_export(viewer.credential, export_id)
    except ApiError as error:
        st.toast(plain(error.message), icon=":material/error:")
