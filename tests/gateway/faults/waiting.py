"""Waiting for something to become true."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Returns as soon as it is; the condition may ask the gateway, which answers from another thread."""
    async with asyncio.timeout(seconds):
        while True:
            if await asyncio.to_thread(condition):
                return
            await asyncio.sleep(0.01)


async def refused(call: Callable[[], Awaitable[httpx.Response]]) -> list[httpx.Response]:
    """Calls until the answer is an error, and returns all answers."""
    answers = []
    async with asyncio.timeout(20):
        while True:
            answers.append(await call())
            if answers[-1].status_code >= 400:
                return answers
