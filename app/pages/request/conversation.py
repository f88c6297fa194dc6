"""The conversation, message by message. Everything in it is data: nothing is run, loaded or taken for HTML."""

import json

import streamlit as st

from app.api_client.values import Message, StoredRequest, ToolCall
from app.page_parts.markdown import plain, prose

MOST_SHOWN = 200_000
"""Characters of one text that are drawn; the whole is a download away."""

_AVATARS = {
    "user": ":material/person:",
    "assistant": ":material/smart_toy:",
    "system": ":material/settings:",
    "developer": ":material/settings:",
    "tool": ":material/build:",
}


def draw(stored: StoredRequest) -> None:
    """Draws the messages that were sent and the answer."""
    if not stored.messages:
        st.caption(
            "There is no conversation to show: the bodies were not kept, or their format is none that is parsed. "
            "What was kept is under Request and Response."
        )
    for message in stored.messages:
        with st.chat_message(message.role, avatar=_AVATARS.get(message.role, ":material/chat:")):
            _message(message)


def _message(message: Message) -> None:
    st.caption(plain(message.role))
    if message.reasoning:
        with st.expander("Reasoning", icon=":material/psychology:"):
            _text(message.reasoning)
    if message.text:
        _text(message.text)
    for image in message.images:
        st.caption(f":material/image: image {plain(image.media_type or '')} {plain(image.url or 'in the body')}")
    for call in message.tool_calls:
        _tool_call(call)
    for result in message.tool_results:
        st.caption(
            f":material/{'error' if result.is_error else 'output'}: result of `{_code(result.call_id or 'a tool')}`"
        )
        st.code(result.text[:MOST_SHOWN], language=None, wrap_lines=True)


def _tool_call(call: ToolCall) -> None:
    st.caption(f":material/build: calls `{_code(call.name or 'a tool')}`")
    st.code(pretty(call.arguments)[:MOST_SHOWN], language="json", wrap_lines=True)


def _text(text: str) -> None:
    st.markdown(prose(text[:MOST_SHOWN]))
    if len(text) > MOST_SHOWN:
        st.caption("The rest is in the body, which can be downloaded.")


def pretty(text: str) -> str:
    """Returns JSON with line breaks, and anything else as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _code(text: str) -> str:
    return text.replace("`", "'")
