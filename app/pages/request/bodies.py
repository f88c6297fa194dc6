"""A body as it was: JSON with line breaks, events as they arrived, and the exact bytes to download."""

import pandas as pd
import streamlit as st

from app import formats
from app.api_client.values import Body, Side, StoredRequest
from app.pages.request.conversation import MOST_SHOWN, pretty


def draw(stored: StoredRequest, side: Side, content: bytes | None) -> None:
    """Draws one body with its headers."""
    body = stored.bodies.get(side)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_about(body, content), width="stretch")
        if content is not None:
            st.download_button(
                "Download",
                content,
                file_name=f"{stored.request['request_id']}-{side}.{_extension(content)}",
                icon=":material/download:",
                key=f"download-{side}",
                on_click="ignore",
            )
    if content is not None:
        _draw_content(content)
    headers = stored.request_headers if side == "request" else stored.response_headers
    if headers:
        with st.expander(f"Headers ({len(headers)})"):
            st.dataframe(
                pd.DataFrame([(header.name, header.value) for header in headers], columns=["Header", "Value"]),
                hide_index=True,
                key=f"headers-{side}",
                alt=f"Headers of the {side}",
            )


def _draw_content(content: bytes) -> None:
    text = content.decode("utf-8", "replace")
    language = "json" if _extension(content) == "json" else None
    shown = pretty(text) if language else text
    st.code(shown[:MOST_SHOWN], language=language, wrap_lines=True, height=520 if shown.count("\n") > 24 else "content")
    if len(shown) > MOST_SHOWN:
        st.caption(f"The first {formats.count(MOST_SHOWN)} characters. Download the rest.")


def _about(body: Body | None, content: bytes | None) -> str:
    if body is None:
        return "Nothing is known of this body."
    if body.is_omitted:
        return f"{formats.bytes_size(body.bytes)}, left out on the application's wish."
    if content is None:
        return "There was no body." if body.bytes == 0 else f"{formats.bytes_size(body.bytes)}, not kept."
    cut = f" of {formats.bytes_size(body.bytes)}: only the beginning is kept" if body.is_truncated else ""
    return f"`{body.content_type}` · {formats.bytes_size(len(content))}{cut}"


def _extension(content: bytes) -> str:
    start = content.lstrip()[:1]
    return "json" if start in (b"{", b"[") else "txt"
