"""One call through every door that makes a row."""

from collections import Counter

import httpx

from tests.gateway.faults.callers import CALLERS, MESSAGES
from tests.gateway.logged.conftest import form
from tests.gateway.logged.conventional_spans import OPENTELEMETRY
from tests.gateway.logged.exports import protobuf, span

CHAT = "/demo/v1/chat/completions"
DOORS = 7


def question(size: int = 0) -> dict[str, object]:
    return {"model": "demo-small", "messages": [*MESSAGES, {"role": "user", "content": "x" * size}]}


async def report(client: httpx.AsyncClient) -> list[httpx.Response]:
    """Reports a call as a log and as a span."""
    body, headers = protobuf(span(OPENTELEMETRY)), {"content-type": "application/x-protobuf"}
    return [
        await client.post("/custom/v1/log", json=form(request={"model": "m"})),
        await client.post("/v1/traces", content=body, headers=headers),
    ]


async def every_door(client: httpx.AsyncClient) -> Counter[int]:
    """Counts the statuses of a plain call, two translated ones, two equal ones that may be kept, and two reports."""
    stream, whole = (
        CALLERS["messages"].asks("openai/gpt-4o", stream=True),
        CALLERS["gemini"].asks("gpt-4o", stream=False),
    )
    cached = {"weir-cache-enabled": "true"}
    answers = [
        await client.post(CHAT, json=question()),
        await client.post(**stream),
        await client.post(**whole),
        await client.post(CHAT, json=question(), headers=cached),
        await client.post(CHAT, json=question(), headers=cached),
        *await report(client),
    ]
    return Counter(answer.status_code for answer in answers)
