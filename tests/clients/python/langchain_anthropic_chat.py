"""langchain-anthropic: messages, invoked and streamed."""

from answers import ANTHROPIC_MODEL, GATEWAY, KEY, QUESTION, got
from langchain_anthropic import ChatAnthropic

model = ChatAnthropic(base_url=GATEWAY, api_key=KEY, model=ANTHROPIC_MODEL, max_retries=0)
got("messages", model.invoke(QUESTION).text)
got("messages stream", "".join(chunk.text for chunk in model.stream(QUESTION)))
