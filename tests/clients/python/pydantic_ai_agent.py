"""pydantic-ai: an agent on chat completions and one on responses; its Anthropic model needs an older anthropic."""

from answers import GATEWAY, KEY, OPENAI_MODEL, QUESTION, got
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

provider = OpenAIProvider(base_url=f"{GATEWAY}/v1", api_key=KEY)
for name, made in (("chat", OpenAIChatModel), ("responses", OpenAIResponsesModel)):
    agent = Agent(made(OPENAI_MODEL, provider=provider))
    got(name, agent.run_sync(QUESTION).output)
