"""langchain-openai: chat completions and responses, invoked and streamed, and a tool call."""

from answers import GATEWAY, KEY, OPENAI_MODEL, QUESTION, got
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


@tool
def depth(river: str) -> str:
    """Returns how deep a river is."""
    return f"{river} is 3 m deep"


for name, options in (("chat", {}), ("responses", {"use_responses_api": True})):
    model = ChatOpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, model=OPENAI_MODEL, max_retries=0, **options)
    got(name, model.invoke(QUESTION).text)
    got(f"{name} stream", "".join(chunk.text for chunk in model.stream(QUESTION)))

calling = {"x-upstream-tool-calls": "1"}
model = ChatOpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, model=OPENAI_MODEL, max_retries=0, default_headers=calling)
got("tool", model.bind_tools([depth]).invoke(QUESTION).tool_calls[0]["name"])
