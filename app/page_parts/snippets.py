"""How to point a client at the gateway: what people copy to make their first call."""

from collections.abc import Mapping

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


def snippets(gateway_url: str) -> Mapping[str, tuple[str, str]]:
    """Returns language and text for each client, with the gateway's real address."""
    gateway = gateway_url.rstrip("/")
    return {client: (language, text.format(gateway=gateway)) for client, (language, text) in _SNIPPETS.items()}
