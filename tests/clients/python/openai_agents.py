"""openai-agents: an agent run on responses, its own tracing switched off."""

import asyncio

from agents import Agent, Runner, set_default_openai_client, set_tracing_disabled
from answers import GATEWAY, KEY, OPENAI_MODEL, QUESTION, got
from openai import AsyncOpenAI

set_default_openai_client(AsyncOpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0))
set_tracing_disabled(True)
agent = Agent(name="surveyor", instructions="Answer.", model=OPENAI_MODEL)


async def main() -> None:
    got("responses", str((await Runner.run(agent, QUESTION)).final_output))
    running = Runner.run_streamed(agent, QUESTION)
    async for _ in running.stream_events():
        pass
    got("responses stream", str(running.final_output))


asyncio.run(main())
