"""What a page says before there is data: how to make the first call, and whether it has arrived."""

import streamlit as st

from app import formats
from app.api_client.values import Answer
from app.questions.question import Question
from app.viewer import Viewer, viewer

_WAITING = "weir-waiting"

_PYTHON_OPENAI = """\
from openai import OpenAI

client = OpenAI(
    base_url="{gateway}/openai/v1",
    default_headers={{"Weir-Auth": "Bearer <your gateway key>"}},
)
answer = client.chat.completions.create(
    model="gpt-5-mini", messages=[{{"role": "user", "content": "Hello"}}]
)
"""

_PYTHON_ANTHROPIC = """\
from anthropic import Anthropic

client = Anthropic(
    base_url="{gateway}/anthropic",
    default_headers={{"Weir-Auth": "Bearer <your gateway key>"}},
)
answer = client.messages.create(
    model="claude-sonnet-4-5", max_tokens=256, messages=[{{"role": "user", "content": "Hello"}}]
)
"""

_CURL = """\
# The provider `demo` answers without a vendor's key.
curl {gateway}/demo/v1/chat/completions \\
  -H "Weir-Auth: Bearer <your gateway key>" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "demo-small", "messages": [{{"role": "user", "content": "Hello"}}]}}'
"""

_LANGCHAIN = """\
from langchain_openai import ChatOpenAI

model = ChatOpenAI(
    model="gpt-5-mini",
    base_url="{gateway}/openai/v1",
    default_headers={{"Weir-Auth": "Bearer <your gateway key>"}},
)
model.invoke("Hello")
"""

_CLAUDE_CODE = """\
export ANTHROPIC_BASE_URL={gateway}/anthropic
export ANTHROPIC_CUSTOM_HEADERS="Weir-Auth: Bearer <your gateway key>"
claude
"""

_SNIPPETS = {
    "curl": ("bash", _CURL),
    "Python · openai": ("python", _PYTHON_OPENAI),
    "Python · anthropic": ("python", _PYTHON_ANTHROPIC),
    "LangChain": ("python", _LANGCHAIN),
    "Claude Code": ("bash", _CLAUDE_CODE),
}


def is_waiting() -> bool:
    """Returns whether the person waits for their first request: then no page may show what it remembers."""
    return bool(st.session_state.get(_WAITING))


def stop_waiting() -> None:
    """Says that there is something to show."""
    st.session_state.pop(_WAITING, None)


def nothing_yet(looking: Viewer) -> None:
    """Draws the first steps where nothing has ever arrived, and says so plainly where only the period is empty."""
    arrived = _arrived(looking)
    if arrived:
        stop_waiting()
        with st.container(border=True):
            st.markdown("**Nothing in this period**")
            st.caption(f"There are {formats.exact(arrived)} requests outside it. Choose a longer period above.")
        return
    st.session_state[_WAITING] = True
    with st.container(border=True):
        _waiting()
        st.write("Point a client at the gateway. Its answer is unchanged; the call shows up here seconds later.")
        gateway = looking.settings.gateway_url.rstrip("/")
        for tab, (language, text) in zip(st.tabs(list(_SNIPPETS)), _SNIPPETS.values(), strict=True):
            with tab:
                st.code(text.format(gateway=gateway), language=language)
        st.caption(
            "`weir up` prints a gateway key; owners and admins make more on the page API keys. No traffic of your "
            "own yet? `weir up --demo` fills an organization with 30 days of it."
        )


@st.fragment(run_every="2s")
def _waiting() -> None:
    """Looks again every two seconds and draws the page anew when something has come."""
    if _arrived(viewer()):
        st.rerun()
    st.markdown(":material/hourglass_empty: **Waiting for your first request …**")


def _arrived(looking: Viewer) -> int:
    answer = looking.ask({"all": Question("first_request")}, live=True)["all"]
    return int(answer.frame["request_count"][0]) if isinstance(answer, Answer) else 0
