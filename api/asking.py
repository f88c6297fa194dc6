"""Asks HQL from the event loop: in a thread, for as long as the client is there."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from anyio import to_thread
from fastapi import Request

from api.parts import Parts

T = TypeVar("T")

_SECONDS_BETWEEN_CANCELS = 0.5


async def unless_client_leaves(request: Request, parts: Parts, query_id: str, ask: Callable[[], T]) -> T:
    """Runs the query in a thread, and cancels it if the client disconnects meanwhile; returns what was made of it."""

    async def cancel_when_gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        # Once more until the thread is back: the query may not have reached the engine yet.
        while True:
            with suppress(Exception):
                await to_thread.run_sync(parts.hql.cancel, query_id)
            await asyncio.sleep(_SECONDS_BETWEEN_CANCELS)

    watcher = asyncio.ensure_future(cancel_when_gone())
    try:
        return await to_thread.run_sync(ask, limiter=parts.query_slots)
    finally:
        watcher.cancel()
