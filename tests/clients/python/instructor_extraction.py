"""instructor: structured output by a tool call."""

import instructor
import openai
from answers import GATEWAY, KEY, OPENAI_MODEL, QUESTION, got
from pydantic import BaseModel, ConfigDict


class Depth(BaseModel):
    """How deep a river is."""

    model_config = ConfigDict(extra="allow")


calling = {"x-upstream-tool-calls": "1"}
client = instructor.from_openai(
    openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0, default_headers=calling)
)
found = client.chat.completions.create(
    model=OPENAI_MODEL,
    messages=[{"role": "user", "content": QUESTION}],
    response_model=Depth,
    max_retries=0,
)
got("tool", type(found).__name__)
